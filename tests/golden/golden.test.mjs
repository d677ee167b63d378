// the transcripts of main calls and error shapes are answered byte for byte as recorded
//
// NNNN_name.http holds requests, parted by lines of ###; NNNN_name.expected what the hub answered, with
// ids, times and secrets named. {{word}} stands for a value of the world below; {{token:NAME}}, {{length}} and
// {{sign:SECRET}} are made for the request at hand. `TRUSTHUB_GOLDEN=write` records anew.
import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {after} from 'node:test';
import {fileURLToPath} from 'node:url';

import {startHub} from '../support/hub.mjs';
import {exchange} from '../support/raw_http.mjs';
import {sha256Signature} from '../support/senders.mjs';

const kFolder = fileURLToPath(new URL('.', import.meta.url));
const kWrite = process.env.TRUSTHUB_GOLDEN === 'write';
/// What tells two runs apart anyway; the headers that say how the connection goes on are the server's own tests.
const kDropped = /^(date|x-request-id|content-length|connection|keep-alive|(x-)?ratelimit[a-z-]*):/i;

const hub = await startHub({after}, {config: 'scans: {paused: true}'});
const team = await hub.team('Payments');
const other = await hub.team('Shipping');
const project = await hub.project(team.id, 'https://github.com/shop/ledger.git', {
    name: 'Ledger',
    secret: 'the secret of the ledger',
});
const foreign = await hub.project(other.id, 'https://github.com/shop/parcels.git', {name: 'Parcels'});
const endpoint = await hub.endpoint('https://hooks.example.com/trusthub', ['scan.*'], {team_id: team.id});
const developer = await hub.person('dev', [{role: 'developer', team_id: team.id}]);
const key = await hub.key({scope: 'project', project_id: project.id, name: 'CI'});

const world = {
    admin: hub.admin.token,
    developer: developer.token,
    key: key.token,
    team: team.id,
    other_team: other.id,
    project: project.id,
    foreign_project: foreign.id,
    endpoint: endpoint.id,
    key_id: key.issued.id,
    nowhere: '01900000-0000-7000-8000-000000000000',
};

/// The bytes of one request of a transcript.
function requestOf(text) {
    const split = text.indexOf('\n\n');
    const fill = (part, body) =>
        part.replaceAll(/\{\{([a-z_]+)(?::([^}]*))?\}\}/g, (whole, word, argument) => {
            if (word === 'length') return String(Buffer.byteLength(body));
            if (word === 'sign') return sha256Signature(argument, body);
            assert.ok(word in world, `${whole} is not known`);
            return world[word];
        });
    const body = fill(split < 0 ? '' : text.slice(split + 2).trimEnd(), '');
    const head = fill(split < 0 ? text.trimEnd() : text.slice(0, split), body).split('\n');
    return [...head, 'Host: hub.example', 'Connection: close', '', ''].join('\r\n') + body;
}

/// The same text for every run: known values by their names, others by their kind; `ids` numbers those of a transcript.
function normalised(answer, ids) {
    const [head, ...rest] = answer.split('\r\n\r\n');
    const [status, ...headers] = head.split('\r\n');
    let body = rest.join('\r\n\r\n');
    if (body && /^content-type: application\/([a-z.+-]*\+)?json/im.test(head))
        body = JSON.stringify(JSON.parse(body), null, 2);
    let text = [status, ...headers.filter((line) => !kDropped.test(line)).sort(), '', body]
        .join('\n')
        .trimEnd();
    for (const [name, value] of Object.entries(world)) text = text.replaceAll(value, `<${name}>`);
    return text
        .replaceAll(hub.base, '<hub>')
        .replaceAll(/"request_id": "[^"]+"/g, '"request_id": "<request>"')
        .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => {
            if (!ids.has(id)) ids.set(id, ids.size + 1);
            return `<id ${ids.get(id)}>`;
        })
        .replaceAll(/"remaining": \d+/g, '"remaining": "<remaining>"')
        .replaceAll(/"next_cursor": "[^"]+"/g, '"next_cursor": "<cursor>"')
        .replaceAll(/&cursor=[^>&]+/g, '&cursor=<cursor>')
        .replaceAll(/^(etag: ")[^"]+/gim, '$1<etag>')
        .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>')
        .replaceAll(/"(raw_key|secret|access_token)": "[^"]+"/g, '"$1": "<$1>"')
        .replaceAll(/tos_[0-9a-f]{8}\b/g, '<prefix>')
        .replaceAll(/(set-cookie: __Host-[^=]+)=[^;]+/gi, '$1=<cookie>');
}

/// Keeps in mind what the log must not hold.
function remember(answer) {
    for (const [, , secret] of answer.matchAll(/"(raw_key|secret|access_token)":"([^"]+)"/g))
        hub.secret(secret);
}

for (const file of readdirSync(kFolder)
    .filter((name) => name.endsWith('.http'))
    .sort()) {
    test(file.slice(0, -5).replace(/^\d+_/, '').replaceAll('_', ' '), async () => {
        const answers = [];
        const ids = new Map();
        for (const part of readFileSync(join(kFolder, file), 'utf8')
            .split(/^###.*\n/m)
            .filter((text) => text.trim())) {
            const answer = Buffer.from(await exchange(hub, requestOf(part)), 'latin1').toString();
            remember(answer);
            answers.push(normalised(answer, ids));
        }
        const found = answers.join('\n###\n') + '\n';
        const expected = join(kFolder, file.replace(/\.http$/, '.expected'));
        if (kWrite) writeFileSync(expected, found);
        assert.ok(existsSync(expected), `${expected} is missing; record it with TRUSTHUB_GOLDEN=write`);
        assert.equal(found, readFileSync(expected, 'utf8'));
    });
}
