// The senders' side: git repositories that can be pushed to, and signed webhooks of GitHub and GitLab.
import {execFileSync} from 'node:child_process';
import {createHmac, randomUUID} from 'node:crypto';
import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';

export const kZero = '0'.repeat(40);

/// A git repository with a work tree.
export class Repository {
    constructor(path) {
        this.path = path;
        mkdirSync(path, {recursive: true});
        this.git('init', '--quiet', '--initial-branch=main');
    }

    git(...words) {
        const env = {
            PATH: process.env.PATH,
            GIT_CONFIG_GLOBAL: '/dev/null',
            GIT_CONFIG_SYSTEM: '/dev/null',
            GIT_AUTHOR_NAME: 'Test',
            GIT_AUTHOR_EMAIL: 'test@example.com',
            GIT_COMMITTER_NAME: 'Test',
            GIT_COMMITTER_EMAIL: 'test@example.com',
        };
        return execFileSync('git', ['-C', this.path, ...words], {
            env,
            encoding: 'utf8',
            stdio: ['ignore', 'pipe', 'pipe'],
        }).trim();
    }

    /// Writes the files and commits; answers the commit's id.
    commit(files, message = 'change') {
        for (const [name, content] of Object.entries(files)) {
            const file = join(this.path, name);
            mkdirSync(dirname(file), {recursive: true});
            writeFileSync(file, content);
        }
        this.git('add', '--all');
        this.git('commit', '--quiet', '--allow-empty', '-m', message);
        return this.git('rev-parse', 'HEAD');
    }

    /// Another commit on `ref` without touching the work tree; its tree is HEAD's.
    move(ref, message) {
        const commit = this.git('commit-tree', 'HEAD^{tree}', '-p', 'HEAD', '-m', message);
        this.git('update-ref', ref, commit);
        return commit;
    }
}

/// A push as GitHub tells it, cut to what its documentation marks as always there.
export function githubPush({url, ref = 'refs/heads/main', before = kZero, after, commits = 1, ...more}) {
    return {
        ref,
        before,
        after,
        created: before === kZero,
        deleted: after === kZero,
        forced: false,
        commits: Array.from({length: commits}, () => ({id: after, message: 'change'})),
        repository: {id: 1, full_name: 'shop/ledger', clone_url: url, html_url: url},
        ...more,
    };
}

export const sha256Signature = (secret, bytes) =>
    `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`;

/// Sends it as GitHub would; `payload` may be text or bytes already.
export function sendGithub(hub, {secret, payload, event = 'push', delivery = randomUUID(), headers = {}}) {
    const body = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);
    return hub.nobody.call('POST', '/v1/webhooks/github', {
        body,
        headers: {
            'Content-Type': 'application/json',
            'User-Agent': 'GitHub-Hookshot/test',
            'X-GitHub-Event': event,
            'X-GitHub-Delivery': delivery,
            'X-Hub-Signature-256': sha256Signature(secret, body),
            ...headers,
        },
    });
}

/// `webhook-signature` of GitLab 19.0 and of Standard Webhooks; the key follows `whsec_`.
export function standardSignature(secret, id, seconds, body) {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
}

/// Sends it as GitLab would: with `token`, with `signing`, or with both.
export function sendGitlab(
    hub,
    {token, signing, payload, event = 'Push Hook', id = randomUUID(), seconds, headers = {}},
) {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const all = {
        'Content-Type': 'application/json',
        'User-Agent': 'GitLab/19.0',
        'X-Gitlab-Event': event,
        'X-Gitlab-Webhook-UUID': randomUUID(),
        'X-Gitlab-Event-UUID': randomUUID(),
    };
    if (id) all['Idempotency-Key'] = id;
    if (token) all['X-Gitlab-Token'] = token;
    if (signing) {
        const now = seconds ?? Math.floor(Date.now() / 1000);
        Object.assign(all, {
            'webhook-id': id,
            'webhook-timestamp': now,
            'webhook-signature': standardSignature(signing, id, now, body),
        });
    }
    return hub.nobody.call('POST', '/v1/webhooks/gitlab', {body, headers: {...all, ...headers}});
}
