// A mail server that keeps what it is given: STARTTLS or implicit TLS, sign-in, and faults on demand.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {SMTPServer} from 'smtp-server';

/// An authority of the test's own and a certificate by it; `names` as openssl writes subjectAltName.
export function authority(t, names = 'IP:127.0.0.1') {
    const folder = mkdtempSync(join(tmpdir(), 'trusthub-mail-'));
    t.after(() => rmSync(folder, {recursive: true, force: true}));
    const at = (name) => join(folder, name);
    const openssl = (...words) => execFileSync('openssl', words, {stdio: 'ignore'});
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    openssl('req', '-x509', ...key, '-days', '2', '-subj', '/CN=test CA', '-keyout', at('ca.key'), '-out', at('ca.pem'));
    openssl('req', ...key, '-subj', '/CN=mail', '-keyout', at('mail.key'), '-out', at('mail.csr'));
    writeFileSync(at('names'), `subjectAltName=${names}`);
    openssl('x509', '-req', '-in', at('mail.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial',
        '-days', '2', '-extfile', at('names'), '-out', at('mail.pem'));
    return {folder, file: at('ca.pem'), key: readFileSync(at('mail.key')), cert: readFileSync(at('mail.pem'))};
}

const refusal = (code, text) => Object.assign(new Error(text), {responseCode: code});

/// Answers `{port, mails, tries, close}`. `onRecipient(address)` may answer a status to refuse with;
/// `user` and `password` are wanted when they are given; more options are smtp-server's own.
export async function startMailSink(t, {user, password, onRecipient = () => 0, port = 0, ...options} = {}) {
    const sink = {mails: [], tries: 0};
    const server = new SMTPServer({
        authOptional: !user,
        disabledCommands: user ? [] : ['AUTH'],
        disableReverseLookup: true,
        ...options,
        onConnect(session, done) {
            ++sink.tries;
            done();
        },
        onAuth(given, session, done) {
            if (given.username === user && given.password === password) return done(null, {user});
            return done(refusal(535, `bad password ${given.password}`));
        },
        onRcptTo({address}, session, done) {
            const status = onRecipient(address);
            return status ? done(refusal(status, 'not this one')) : done();
        },
        onData(stream, session, done) {
            const parts = [];
            stream.on('data', (part) => parts.push(part));
            stream.on('end', () => {
                const raw = Buffer.concat(parts).toString();
                const head = raw.slice(0, raw.indexOf('\r\n\r\n'));
                sink.mails.push({
                    from: session.envelope.mailFrom.address,
                    to: session.envelope.rcptTo.map((one) => one.address),
                    secure: session.secure,
                    user: session.user,
                    headers: head.replace(/\r\n[ \t]+/g, ' ').split('\r\n'),
                    text: Buffer.from(raw.slice(head.length + 4), 'base64').toString(),
                });
                done();
            });
        },
    });
    server.on('error', () => {}); // of connections that a test cuts
    await new Promise((ready) => server.listen(port, '127.0.0.1', ready));
    sink.port = server.server.address().port;
    sink.close = () => new Promise((closed) => server.close(closed));
    t.after(() => sink.close());
    return sink;
}

/// A server that takes connections and never says a word.
export async function startSilence(t) {
    const sockets = new Set();
    const server = net.createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => {});
    });
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    const close = () =>
        new Promise((closed) => {
            for (const socket of sockets) socket.destroy();
            server.close(closed);
        });
    t.after(close);
    return {port: server.address().port, close, connections: () => sockets.size};
}

export const header = (mail, name) => mail.headers.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
