// GitHub's REST API for Actions secrets, simulated strictly from its documentation
// (https://docs.github.com/en/rest/actions/secrets), with a real sealed box behind it.
//
// A request that GitHub would not take is noted in `faults`, which a test wants empty.
import {randomInt} from 'node:crypto';
import http from 'node:http';

const kRoutes = [
    [/^\/repos\/([^/]+\/[^/]+)\/actions\/secrets\/([^/]+)$/, ([, repository]) => repository.toLowerCase()],
    [/^\/repos\/([^/]+\/[^/]+)\/environments\/([^/]+)\/secrets\/([^/]+)$/, ([, repository, environment]) => `${repository.toLowerCase()}#${decodeURIComponent(environment)}`],
    [/^\/orgs\/([^/]+)\/actions\/secrets\/([^/]+)$/, ([, organization]) => `@${organization.toLowerCase()}`],
];
const kSecretName = /^(?!github_)[a-z_][a-z0-9_]*$/i;
const kOrganizationOnly = ['visibility', 'selected_repository_ids'];

/// A place that keeps secrets: a repository, `repository#environment`, or `@organization`.
class Place {
    constructor(sodium) {
        this.sodium = sodium;
        this.secrets = new Map();
        this.changeKey();
    }

    changeKey() {
        this.pair = this.sodium.crypto_box_keypair();
        this.keyId = String(randomInt(1e11, 1e12)).padStart(18, '5');
    }

    /// Throws when it was not sealed to the key that is there now.
    open(value) {
        const box = this.sodium.from_base64(value, this.sodium.base64_variants.ORIGINAL);
        return this.sodium.to_string(this.sodium.crypto_box_seal_open(box, this.pair.publicKey, this.pair.privateKey));
    }

    publicKey() {
        return {key_id: this.keyId, key: Buffer.from(this.pair.publicKey).toString('base64')};
    }
}

export class GithubApi {
    /// `sodium`: libsodium-wrappers, ready. `fault(request)` answers `{status, headers?, body?}` in GitHub's place, 'hang', or nothing; `afterPut(request)`
    /// is called when a secret is stored, before the answer.
    constructor(sodium, token) {
        Object.assign(this, {sodium, token, requests: [], faults: [], places: new Map(), fault: () => null, afterPut: () => null});
        this.server = http.createServer((incoming, response) => {
            const parts = [];
            incoming.on('data', (part) => parts.push(part));
            incoming.on('end', async () => {
                const request = {method: incoming.method, path: incoming.url, headers: incoming.headers, body: Buffer.concat(parts).toString()};
                const answer = this.fault(request) ?? this.answer(request);
                request.status = answer.status;
                this.requests.push(request);
                if (answer === 'hang') return;
                if (answer.stored) await this.afterPut(request);
                response.writeHead(answer.status, {'Content-Type': 'application/json; charset=utf-8', ...answer.headers});
                response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
            });
        });
    }

    async start() {
        await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
        this.url = `http://127.0.0.1:${this.server.address().port}`;
        return this;
    }

    stop() {
        this.server.closeAllConnections();
        return new Promise((done) => this.server.close(done));
    }

    add(name) {
        const place = new Place(this.sodium);
        this.places.set(name, place);
        return place;
    }

    answer({method, path, headers, body}) {
        const strange = (what) => this.faults.push(`${method} ${path}: ${what}`);
        if (headers.accept !== 'application/vnd.github+json') strange('Accept');
        if (headers['x-github-api-version'] !== '2022-11-28') strange('X-GitHub-Api-Version');
        if (!headers['user-agent']) return {status: 403, body: {message: 'Request forbidden by administrative rules.'}};
        if (headers.authorization !== `Bearer ${this.token}`) return {status: 401, body: {message: 'Bad credentials'}};
        const [route, match] = kRoutes.map(([pattern, of]) => [of, pattern.exec(path)]).find(([, found]) => found) ?? [];
        const place = match && this.places.get(route(match));
        if (!place) return {status: 404, body: {message: 'Not Found'}};
        const name = match.at(-1);
        if (method === 'GET' && name === 'public-key') return {status: 200, body: place.publicKey()};
        if (method !== 'PUT') {
            strange('method');
            return {status: 404, body: {message: 'Not Found'}};
        }
        return this.put(place, name, route(match).startsWith('@'), headers, body, strange);
    }

    put(place, name, ofOrganization, headers, body, strange) {
        const unfit = (message) => ({status: 422, body: {message: `Invalid request.\n\n${message}`}});
        if (!/^application\/json\b/.test(headers['content-type'] ?? '')) strange('Content-Type');
        let given;
        try {
            given = JSON.parse(body);
        } catch {
            return {status: 400, body: {message: 'Problems parsing JSON'}};
        }
        const known = ['encrypted_value', 'key_id', ...(ofOrganization ? kOrganizationOnly : [])];
        for (const member of Object.keys(given)) if (!known.includes(member)) strange(`member ${member}`);
        if (!kSecretName.test(name)) return unfit('Secret names can only contain alphanumeric characters.');
        if (typeof given.key_id !== 'string') return unfit('"key_id" wasn\'t supplied.');
        if (ofOrganization && !['all', 'private', 'selected'].includes(given.visibility)) return unfit('"visibility" wasn\'t supplied.');
        if (given.key_id !== place.keyId) return unfit('The key_id is not the current one.');
        let value;
        try {
            value = place.open(given.encrypted_value);
        } catch {
            return unfit('The encrypted_value cannot be opened.');
        }
        const existing = place.secrets.has(name.toUpperCase());
        place.secrets.set(name.toUpperCase(), {value, visibility: given.visibility});
        return {status: existing ? 204 : 201, body: existing ? undefined : {}, stored: true};
    }

    of(method) {
        return this.requests.filter((request) => request.method === method);
    }
}

export async function startGithub(t, sodium, token) {
    const github = await new GithubApi(sodium, token).start();
    t.after(() => github.stop());
    return github;
}
