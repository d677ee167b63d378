// A hub under test: the real binary on a free port, with a data folder and a hub.yaml of its own.
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {openSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

export const binary =
    process.env.TRUSTHUB_BIN ?? fileURLToPath(new URL('../../build/trusthub', import.meta.url));

/// Sanitizers and a busy machine make everything slower; a deadline only ends a test that hangs.
export const kDeadline = 60_000;

/// An id of the right form that nothing has.
export const kNowhere = '01900000-0000-7000-8000-000000000000';

const kPlenty = '{requests: 1000000, per_seconds: 1}';
/// Lines of hub.yaml for tests that call much and are not about that.
export const kNoLimits = `limits:
  key: ${kPlenty}
  team: ${kPlenty}
  organization: ${kPlenty}
  failures: ${kPlenty}
  webhooks: ${kPlenty}
  sign_in: ${kPlenty}`;

const running = new Set();

/// Asks again until `probe` answers something true; its last failure explains the deadline.
export async function until(probe, what, {deadline = kDeadline, every = 25} = {}) {
    const end = Date.now() + deadline;
    for (let last; ;) {
        try {
            const found = await probe();
            if (found) return found;
        } catch (error) {
            last = error;
        }
        if (Date.now() > end) throw new Error(`${what}: not within ${deadline} ms`, {cause: last});
        await new Promise((done) => setTimeout(done, every));
    }
}

/// The status must be that one; a failure shows the answer.
export function expect(answer, status) {
    assert.equal(answer.status, status, `status of ${answer.what}; the body: ${answer.text}`);
    return answer.body;
}

/// A refusal is a problem document with this status and code.
export function problem(answer, status, code) {
    const body = expect(answer, status);
    assert.match(answer.headers['content-type'], /^application\/problem\+json/);
    assert.equal(body.status, status);
    assert.equal(body.code, code);
    assert.ok(body.title && body.type && body.request_id);
    if (status === 401) assert.ok(answer.headers['www-authenticate']);
    return body;
}

/// One caller: a person's token, a key, or nobody.
export class Client {
    constructor(hub, token = '') {
        this.hub = hub;
        this.token = token;
    }

    /// `json` is sent as such, `body` as it is. The answer holds status, headers, text, and body when it is JSON.
    call(method, path, {json, body, headers = {}, agent = this.hub.agent} = {}) {
        const bytes = json === undefined ? body : JSON.stringify(json);
        const all = {...headers};
        if (this.token) all.Authorization = `Bearer ${this.token}`;
        if (json !== undefined && !('Content-Type' in all)) all['Content-Type'] = 'application/json';
        if (bytes !== undefined) all['Content-Length'] = Buffer.byteLength(bytes);
        else if (method !== 'GET' && method !== 'HEAD') all['Content-Length'] = 0;
        const {hostname, port, protocol} = new URL(this.hub.base);
        const {request: send} = protocol === 'https:' ? https : http;
        return new Promise((resolve, reject) => {
            const request = send({method, path, hostname, port, agent, headers: all}, (response) => {
                const parts = [];
                response.on('data', (part) => parts.push(part));
                response.on('error', reject);
                response.on('end', () => {
                    const text = Buffer.concat(parts).toString();
                    const answer = {
                        what: `${method} ${path}`,
                        status: response.statusCode,
                        text,
                        headers: response.headers,
                        body: undefined,
                    };
                    if (/json/.test(response.headers['content-type'] ?? '')) answer.body = JSON.parse(text);
                    resolve(answer);
                });
            });
            request.on('error', reject);
            request.setTimeout(kDeadline, () => request.destroy(new Error(`${method} ${path}: no answer`)));
            request.end(bytes);
        });
    }

    get(path, headers) {
        return this.call('GET', path, {headers});
    }
    post(path, json, headers) {
        return this.call('POST', path, {json, headers});
    }
    patch(path, json, headers) {
        return this.call('PATCH', path, {json, headers});
    }
    delete(path, headers) {
        return this.call('DELETE', path, {headers});
    }

    async read(path) {
        return expect(await this.get(path), 200);
    }
    async make(path, json, status = 201) {
        return expect(await this.post(path, json), status);
    }

    /// All items of a list, page by page.
    async all(path, limit = 200) {
        const items = [];
        for (let cursor = ''; ;) {
            const join = path.includes('?') ? '&' : '?';
            const page = await this.read(`${path}${join}limit=${limit}${cursor && `&cursor=${cursor}`}`);
            items.push(...page.items);
            if (!page.next_cursor) return items;
            cursor = page.next_cursor;
        }
    }
}

/// A password must not hold the name of who has it.
export function passwordOf(name) {
    return `the long password of ${[...name].join('-')}`;
}

export class Hub {
    /// `config`: further lines of hub.yaml; `egress: false` leaves out what lets calls reach this machine;
    /// `data`: a folder that is there already; `ca`: what a hub with `tls:` is trusted by;
    /// `logFile`: its log goes to a file, so that reading it costs a benchmark nothing.
    constructor({config = '', egress = true, data, env = {}, ca, logFile = false} = {}) {
        this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'trusthub-test-')));
        this.repositories = join(this.folder, 'repositories');
        this.data = data ?? join(this.folder, 'data');
        this.config = join(this.folder, 'hub.yaml');
        this.env = env;
        this.ca = ca;
        this.logFile = logFile && join(this.folder, 'hub.log');
        this.log = '';
        this.secrets = new Set();
        mkdirSync(this.repositories);
        this.egress = egress;
        this.configure(config);
        this.nobody = new Client(this);
    }

    /// Writes hub.yaml; in force from the next start.
    configure(config) {
        const lines = ['listen: 127.0.0.1:0', `data: ${this.data}`];
        if (this.egress) lines.push('egress: {allow: [127.0.0.0/8, "::1/128"]}');
        if (!/^scans:/m.test(config)) lines.push('scans: {allow_local: [repositories]}');
        writeFileSync(this.config, lines.join('\n') + '\n' + config + '\n');
    }

    async start() {
        // Whatever ends this process ends the hub: setpriv becomes the hub and keeps its process id.
        const child = spawn('setpriv', ['--pdeathsig', 'KILL', binary, 'serve', '--config', this.config], {
            env: {PATH: process.env.PATH, ...sanitizerOptions(), ...this.env},
            stdio: ['ignore', 'pipe', this.logFile ? openSync(this.logFile, 'a') : 'pipe'],
        });
        running.add(child);
        this.child = child;
        const {Agent} = this.ca ? https : http;
        this.agent = new Agent({keepAlive: true, maxSockets: 64, ca: this.ca});
        this.gone = new Promise((resolve) =>
            child.on('close', (code, signal) => {
                running.delete(child);
                resolve({code, signal});
            }),
        );
        child.stderr?.setEncoding('utf8').on('data', (text) => {
            this.log += text;
        });
        this.base = await new Promise((resolve, reject) => {
            let out = '';
            child.stdout.setEncoding('utf8').on('data', (text) => {
                out += text;
                // The last line of the start-up follows the address when there is a set-up link.
                const found = / serves (https?:\S+)\n/.exec(out);
                if (found) resolve(found[1]);
            });
            child.on('error', reject);
            this.gone.then(({code, signal}) =>
                reject(new Error(`the hub ended at start (${code ?? signal}): ${out}${this.log}`)),
            );
        });
        return this;
    }

    /// The first super_admin by the set-up link, signed in.
    async setUp() {
        const link = await until(
            () => readFileSync(join(this.data, 'setup-link'), 'utf8'),
            'the set-up link',
        );
        const token = this.secret(link.trim().split('#token=')[1]);
        const password = this.secret('correct horse battery staple');
        const person = {email: 'ada@example.com', name: 'Ada', password};
        await this.nobody.make('/v1/setup', {token, ...person});
        this.superAdmin = {email: person.email, password};
        this.admin = await this.signIn(person.email, password);
        return this;
    }

    /// A token lasts 15 minutes; a long test takes a new one.
    async renewAdmin() {
        this.admin.token = (await this.signIn(this.superAdmin.email, this.superAdmin.password)).token;
    }

    async signIn(email, password) {
        const answer = await this.nobody.post('/v1/session', {email, password});
        const client = new Client(this, this.secret(expect(answer, 201).access_token));
        client.setCookie = String(answer.headers['set-cookie']);
        this.secret(client.setCookie.split(';')[0].split('=')[1]);
        return client;
    }

    /// Remembered, so that at the end the log can be searched for it.
    secret(text) {
        assert.ok(text, 'a secret was expected');
        this.secrets.add(text);
        return text;
    }

    team(name) {
        return this.admin.make('/v1/teams', {name});
    }

    /// A user with these roles, signed in.
    async person(name, roles) {
        const password = this.secret(passwordOf(name));
        const email = `${name}@example.com`;
        const user = await this.admin.make('/v1/users', {email, name, password, roles});
        return Object.assign(await this.signIn(email, password), {user});
    }

    /// A project with a webhook secret: `{…, secret}`.
    async project(teamId, url, {provider = 'github', name = url.slice(-100), secret, kind} = {}) {
        const project = await this.admin.make('/v1/projects', {
            name,
            team_id: teamId,
            repository: {provider, url},
        });
        return {...project, secret: await this.webhookSecret(project.id, {secret, kind})};
    }

    async webhookSecret(projectId, {secret, kind, overlap_hours} = {}) {
        const made = await this.admin.make(`/v1/projects/${projectId}/webhook-secret`, {
            secret,
            kind,
            overlap_hours,
        });
        return this.secret(made.secret);
    }

    async endpoint(url, eventTypes, more = {}) {
        const endpoint = await this.admin.make('/v1/endpoints', {url, event_types: eventTypes, ...more});
        this.secret(endpoint.secret);
        return endpoint;
    }

    /// A client that calls with a new key.
    async key(wanted, by = this.admin) {
        const issued = await by.make('/v1/api-keys', {name: 'a key', ...wanted});
        return Object.assign(new Client(this, this.secret(issued.raw_key)), {issued});
    }

    async stop() {
        if (!running.has(this.child)) return;
        this.agent.destroy();
        this.child.kill('SIGTERM');
        const {code, signal} = await this.gone;
        assert.equal(code, 0, `the hub ended with ${code ?? signal}: ${this.log.slice(-4000)}`);
    }

    async kill9() {
        this.child.kill('SIGKILL');
        await this.gone;
        this.agent.destroy();
    }

    async restart() {
        await this.stop();
        return this.start();
    }

    /// Stops it and looks whether its log kept every secret of the test to itself.
    async close() {
        try {
            await this.stop();
            this.checkLog();
        } finally {
            rmSync(this.folder, {recursive: true, force: true});
        }
    }

    /// No secret stands in it.
    checkLog() {
        if (this.logFile) this.log = readFileSync(this.logFile, 'utf8');
        for (const secret of this.secrets)
            assert.ok(
                !this.log.includes(secret),
                `a secret stands in the log: ${lineOf(this.log, secret)}`,
            );
    }

    /// Of a log file; else the disk would write old lines while the next sample is taken.
    emptyLog() {
        this.checkLog();
        truncateSync(this.logFile);
    }

    /// The log lines, parsed.
    lines() {
        return this.log
            .split('\n')
            .filter((line) => line.startsWith('{'))
            .map((line) => JSON.parse(line));
    }

    /// `trusthub …` on this hub's data folder; a last object may hold `input`.
    command(...words) {
        const {input} = typeof words.at(-1) === 'object' ? words.pop() : {};
        return spawnSync(binary, [...words, '--config', this.config], {
            input,
            encoding: 'utf8',
            maxBuffer: 256 * 1024 * 1024,
            env: {PATH: process.env.PATH, ...sanitizerOptions()},
        });
    }
}

/// A hub that is set up, for the length of a test or, with node:test's own `after`, of a file.
export async function startHub(t, options) {
    const hub = new Hub(options);
    t.after(() => hub.close());
    await hub.start();
    return hub.setUp();
}

function lineOf(text, part) {
    const at = text.indexOf(part);
    return text
        .slice(text.lastIndexOf('\n', at) + 1, text.indexOf('\n', at))
        .replaceAll(part, '<the secret>');
}

function sanitizerOptions() {
    const names = ['ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS', 'LSAN_OPTIONS'];
    return Object.fromEntries(
        names.filter((name) => name in process.env).map((name) => [name, process.env[name]]),
    );
}
