// mail reaches a real server over verified TLS, once, or says why it does not
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import net from 'node:net';
import {join} from 'node:path';
import test from 'node:test';
import tls from 'node:tls';

import {expect, startHub, until} from '../support/hub.mjs';
import {authority, header, startMailSink, startSilence} from './mail_sink.mjs';

const kUser = {user: 'hub', password: 'the smtp password'};

/// hub.yaml's section, and the password in the environment.
const mailTo = (port, more = '') =>
    `scans: {paused: true}\nmail: {host: 127.0.0.1, port: ${port}, from: "TrustHub <hub@example.com>", ` +
    `schedule_s: [0, 1, 1, 1, 1, 600]${more && `, ${more}`}}`;
const kSignIn = 'user: hub, password: "${env:SMTP_PASSWORD}"';

async function hubWith(t, config) {
    const hub = await startHub(t, {config, env: {SMTP_PASSWORD: kUser.password}});
    hub.secret(kUser.password);
    return hub;
}

async function invite(hub, email, more = {}) {
    const made = await hub.admin.make('/v1/invitations', {email, ...more});
    hub.secret(made.accept_url.split('#token=')[1]);
    return made;
}

const invitation = async (hub, id) => (await hub.admin.all('/v1/invitations')).find((one) => one.id === id);
const settled = (hub, id, status) =>
    until(async () => {
        const found = await invitation(hub, id);
        return found.mail.status === status && found;
    }, `the mail of ${id} is ${status}`);
const failing = (hub, id) =>
    until(async () => {
        const found = await invitation(hub, id);
        return found.mail.error && found;
    }, 'an attempt that failed');

function sql(hub, statement) {
    const done = spawnSync('sqlite3', ['-readonly', join(hub.data, 'trusthub.db'), statement], {encoding: 'utf8'});
    assert.equal(done.status, 0, done.stderr);
    return done.stdout.trim();
}

test('an invitation is mailed over STARTTLS with sign-in, and its link works', async (t) => {
    const ca = authority(t);
    const sink = await startMailSink(t, {...ca, ...kUser});
    const hub = await hubWith(t, mailTo(sink.port, `ca: ${ca.file}, ${kSignIn}`));
    const made = await invite(hub, 'grace@example.org', {name: 'Grace Hopper'});
    assert.equal(made.mail.status, 'waiting');
    const found = await settled(hub, made.id, 'sent');
    assert.equal(found.mail.attempts, 1);
    assert.equal(found.mail.error, null);
    const [mail] = sink.mails;
    assert.deepEqual([mail.from, mail.to, mail.secure, mail.user], ['hub@example.com', ['grace@example.org'], true, 'hub']);
    assert.equal(header(mail, 'From'), 'TrustHub <hub@example.com>');
    assert.equal(header(mail, 'To'), 'Grace Hopper <grace@example.org>');
    assert.match(header(mail, 'Message-ID'), /^<[0-9a-f-]{36}@example\.com>$/);
    assert.ok(mail.text.includes(made.accept_url), mail.text);
    assert.ok(mail.text.includes('(ada@example.com) invites you'), mail.text);
    const token = made.accept_url.split('#token=')[1];
    const password = hub.secret('a password of her own');
    await hub.nobody.make('/v1/invitations/accept', {token, name: 'Grace', password});
    assert.equal(sql(hub, 'SELECT COUNT(*) FROM mails WHERE content_sealed IS NOT NULL'), '0');
});

test('an invitation says who invites, with which roles of which teams, and for how long', async (t) => {
    const ca = authority(t);
    const sink = await startMailSink(t, {...ca, ...kUser});
    const hub = await hubWith(t, mailTo(sink.port, `ca: ${ca.file}, ${kSignIn}`));
    const team = await hub.team('Pay\u202ements');
    const roles = [{role: 'developer', team_id: team.id}, {role: 'auditor', expires_at: '2031-01-01T00:00:00Z'}];
    const made = await invite(hub, 'grace@example.org', {roles});
    await settled(hub, made.id, 'sent');
    const {text} = sink.mails[0];
    for (const part of [
        `Ada (ada@example.com) invites you to TrustHub at ${hub.base}, as:`,
        '  developer of the team Pay ments',
        '  auditor of the organization, until 2031-01-01T00:00:00',
        `for 72 hours, until ${made.expires_at.slice(0, 19)}`,
    ])
        assert.ok(text.includes(part), `${part} in ${text}`);
    const bare = await invite(hub, 'plain@example.org');
    await settled(hub, bare.id, 'sent');
    assert.match(sink.mails[1].text, /, without a role yet\./);
});

test('implicit TLS works as well', async (t) => {
    const ca = authority(t);
    const sink = await startMailSink(t, {...ca, ...kUser, secure: true});
    const hub = await hubWith(t, mailTo(sink.port, `tls: implicit, ca: ${ca.file}, ${kSignIn}`));
    const {id} = await invite(hub, 'grace@example.org');
    await settled(hub, id, 'sent');
    assert.equal(sink.mails[0].secure, true);
});

test('a link that waits to be sent lies sealed in the database', async (t) => {
    const silence = await startSilence(t);
    const hub = await hubWith(t, mailTo(silence.port));
    const made = await invite(hub, 'grace@example.org');
    assert.equal(sql(hub, "SELECT COUNT(*) FROM mails WHERE content_sealed IS NOT NULL AND status = 'waiting'"), '1');
    const dump = sql(hub, 'SELECT hex(content_sealed) FROM mails');
    assert.ok(!dump.includes(Buffer.from('/invitation#token=').toString('hex').toUpperCase()));
    assert.ok(!sql(hub, '.dump mails').includes(made.accept_url));
});

test('nothing is said to a server that cannot prove its name', async (t) => {
    const ca = authority(t);
    const cases = [
        ['another authority', await startMailSink(t, {...authority(t), ...kUser}), ''],
        ['another name', await startMailSink(t, {...authority(t, 'DNS:mail.example'), ...kUser}), ''],
        ['no STARTTLS', await startMailSink(t, {...kUser, disabledCommands: ['STARTTLS']}), ''],
        ['implicit, another authority', await startMailSink(t, {...authority(t), ...kUser, secure: true}), 'tls: implicit, '],
    ];
    for (const [name, sink, more] of cases) {
        const hub = await hubWith(t, mailTo(sink.port, `${more}ca: ${ca.file}, ${kSignIn}`));
        const {id} = await invite(hub, 'grace@example.org');
        const found = await failing(hub, id);
        assert.match(found.mail.error, name === 'no STARTTLS' ? /refused.*\(5\d\d\)/ : /certificate verify failed/, name);
        assert.equal(found.mail.status, 'waiting', name);
        assert.equal(sink.mails.length, 0, name);
    }
});

test('a name that does not fit the certificate is refused though its authority is trusted', async (t) => {
    const ca = authority(t, 'DNS:mail.example, IP:127.0.0.2');
    const sink = await startMailSink(t, {...ca, ...kUser});
    const hub = await hubWith(t, mailTo(sink.port, `ca: ${ca.file}, ${kSignIn}`));
    const {id} = await invite(hub, 'grace@example.org');
    assert.match((await failing(hub, id)).mail.error, /certificate verify failed/);
    assert.equal(sink.mails.length, 0);
});

test('what comes in before the TLS handshake counts for nothing', async (t) => {
    const {file, key, cert} = authority(t);
    const heard = [];
    const server = net.createServer((socket) => {
        socket.on('error', () => {});
        socket.write('220 hi\r\n');
        socket.on('data', (line) => {
            if (!String(line).startsWith('STARTTLS')) return socket.write('250-hi\r\n250 STARTTLS\r\n');
            socket.removeAllListeners('data');
            socket.write('220 go\r\n250-hi\r\n250 AUTH PLAIN\r\n');
            const secure = new tls.TLSSocket(socket, {isServer: true, key, cert});
            secure.on('error', () => {});
            secure.on('data', (text) => {
                heard.push(String(text));
                secure.write('250 hi\r\n');
            });
        });
    });
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    t.after(() => server.close());
    const hub = await hubWith(t, mailTo(server.address().port, `ca: ${file}, ${kSignIn}`));
    const {id} = await invite(hub, 'grace@example.org');
    assert.match((await failing(hub, id)).mail.error, /it offers no sign-in|SSL/);
    assert.ok(!heard.some((line) => line.startsWith('AUTH')), heard.join(''));
});

test('a wrong password is told without the password, and tried again', async (t) => {
    const ca = authority(t);
    const sink = await startMailSink(t, {...ca, user: 'hub', password: 'another one'});
    const hub = await hubWith(t, mailTo(sink.port, `ca: ${ca.file}, ${kSignIn}`));
    const {id} = await invite(hub, 'grace@example.org');
    const found = await failing(hub, id);
    assert.equal(found.mail.error, 'the server refused: user or password (535)');
    assert.equal(found.mail.status, 'waiting');
});

test('550 ends a mail at once, 451 is tried again until it goes, and others are not held up', async (t) => {
    const ca = authority(t);
    let greeted = 0;
    const sink = await startMailSink(t, {
        ...ca,
        onRecipient: (address) =>
            address.startsWith('nobody@') ? 550 : address.startsWith('grey@') && ++greeted < 3 ? 451 : 0,
    });
    const hub = await hubWith(t, mailTo(sink.port, `ca: ${ca.file}`));
    const [nobody, grey, good] = await Promise.all(
        ['nobody', 'grey', 'good'].map((name) => invite(hub, `${name}@example.org`)),
    );
    await settled(hub, good.id, 'sent');
    const failed = await settled(hub, nobody.id, 'failed');
    assert.equal(failed.mail.attempts, 1);
    assert.match(failed.mail.error, /^the server refused: .*not this one.* \(550\)$/);
    assert.equal((await settled(hub, grey.id, 'sent')).mail.attempts, 3);
    assert.deepEqual(sink.mails.map((mail) => mail.to[0]).sort(), ['good@example.org', 'grey@example.org']);
    const metrics = (await hub.nobody.get('/metrics')).text;
    assert.match(metrics, /trusthub_mails_total\{outcome="failed"\} 1/);
    assert.match(metrics, /trusthub_mails_total\{outcome="sent"\} 2/);
});

test('a server that never answers holds up nothing but mail, and ends no later than it may', async (t) => {
    const silence = await startSilence(t);
    const hub = await hubWith(t, mailTo(silence.port, 'timeout_s: 1'));
    const {id} = await invite(hub, 'grace@example.org');
    assert.equal((await failing(hub, id)).mail.error, 'no end within 1 s');
    await until(() => silence.connections() >= 2, 'another attempt');
    expect(await hub.nobody.get('/healthz'), 200);
});

/// A server that greets with `greeting`, over and over where it has no end, or closes behind it.
async function startOdd(t, greeting, {endless = false} = {}) {
    const server = net.createServer((socket) => {
        socket.on('error', () => {});
        if (!endless) return socket.end(greeting);
        const pour = () => {
            while (!socket.destroyed && socket.write(greeting));
        };
        socket.on('drain', pour);
        pour();
    });
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    t.after(() => server.close());
    return server.address().port;
}

for (const [kind, greeting, options, error] of [
    ['breaks off in the middle', '220-hello\r\n', {}, /closed the connection/],
    ['has no end', `220-${'a'.repeat(900)}\r\n`, {endless: true}, /no SMTP/],
    ['is one line without an end', 'a'.repeat(10_000), {endless: true}, /too long/],
    ['is no reply', 'SSH-2.0-OpenSSH\r\n', {}, /no SMTP/],
])
    test(`a server whose reply ${kind} is told so, and the hub stops at once`, async (t) => {
        const port = await startOdd(t, greeting, options);
        const hub = await hubWith(t, mailTo(port));
        const {id} = await invite(hub, 'grace@example.org');
        assert.match((await failing(hub, id)).mail.error, error);
        const before = Date.now();
        await hub.stop();
        assert.ok(Date.now() - before < 20_000, `${Date.now() - before} ms`);
    });

test('a hub that stops waits for no mail server', async (t) => {
    const silence = await startSilence(t);
    const hub = await hubWith(t, mailTo(silence.port, 'timeout_s: 300'));
    await invite(hub, 'grace@example.org');
    await until(() => silence.connections() > 0, 'a connection');
    const before = Date.now();
    await hub.stop();
    assert.ok(Date.now() - before < 20_000, `${Date.now() - before} ms`);
});

test('a hub killed between commit and sending sends once when it is back', async (t) => {
    const ca = authority(t);
    const silence = await startSilence(t);
    const hub = await hubWith(t, mailTo(silence.port, `ca: ${ca.file}`));
    const {id} = await invite(hub, 'grace@example.org');
    await until(() => silence.connections() > 0, 'an attempt under way');
    await hub.kill9();
    await silence.close();
    const sink = await startMailSink(t, {...ca, port: silence.port});
    await hub.start();
    await hub.renewAdmin();
    await settled(hub, id, 'sent');
    await hub.restart();
    await hub.renewAdmin();
    assert.equal(sink.mails.length, 1);
});

test('a name with line ends adds no header and no recipient', async (t) => {
    const ca = authority(t);
    const sink = await startMailSink(t, ca);
    const hub = await hubWith(t, mailTo(sink.port, `ca: ${ca.file}`));
    const evil = 'Eve\r\nBcc: all@example.com\r\nRCPT TO:<x@example.com>\n\n.\r\n';
    for (const [email, name] of Object.entries({'eve@example.org': evil, 'eva@example.org': `${evil}Grüße`}))
        await settled(hub, (await invite(hub, email, {name})).id, 'sent');
    assert.deepEqual(sink.mails.map((mail) => mail.to), [['eve@example.org'], ['eva@example.org']]);
    for (const mail of sink.mails)
        assert.deepEqual(
            mail.headers.map((line) => line.split(':')[0]),
            ['Date', 'From', 'To', 'Subject', 'Message-ID', 'Auto-Submitted', 'MIME-Version', 'Content-Type',
                'Content-Transfer-Encoding'],
        );
    assert.match(header(sink.mails[0], 'To'), /^"Eve  Bcc: .*" <eve@example\.org>$/);
    assert.match(header(sink.mails[1], 'To'), /^=\?UTF-8\?B\?.* <eva@example\.org>$/);
});

test('a new link takes the place of one that still waits; a withdrawn invitation is not mailed', async (t) => {
    const ca = authority(t);
    const silence = await startSilence(t);
    const hub = await hubWith(t, mailTo(silence.port, `ca: ${ca.file}, timeout_s: 300`));
    const first = await invite(hub, 'grace@example.org');
    const gone = await invite(hub, 'gone@example.org');
    const second = await hub.admin.make(`/v1/invitations/${first.id}/resend`);
    hub.secret(second.accept_url.split('#token=')[1]);
    expect(await hub.admin.delete(`/v1/invitations/${gone.id}`), 204);
    assert.equal((await invitation(hub, gone.id)).mail.status, 'cancelled');
    await hub.kill9();
    await silence.close();
    const sink = await startMailSink(t, {...ca, port: silence.port});
    await hub.start();
    await hub.renewAdmin();
    await settled(hub, first.id, 'sent');
    assert.equal(sink.mails.length, 1);
    assert.ok(sink.mails[0].text.includes(second.accept_url));
});

test('without `mail` nothing is queued, and the answers say so', async (t) => {
    const hub = await startHub(t, {config: 'scans: {paused: true}'});
    const made = await invite(hub, 'grace@example.org');
    assert.deepEqual(made.mail, {status: 'not_configured', attempts: 0, error: null, ended_at: null});
    assert.ok(made.accept_url);
    assert.equal((await invitation(hub, made.id)).mail.status, 'not_configured');
    assert.equal(sql(hub, 'SELECT COUNT(*) FROM mails'), '0');
});

test('the egress guard stands before the mail server too', async (t) => {
    const sink = await startMailSink(t, authority(t));
    const hub = await startHub(t, {config: mailTo(sink.port), egress: false});
    const {id} = await invite(hub, 'grace@example.org');
    assert.match((await failing(hub, id)).mail.error, /loopback range, which egress\.allow does not open/);
    assert.equal(sink.tries, 0);
});
