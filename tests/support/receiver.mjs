// A receiver of outbound webhooks on loopback: keeps what came and answers as the test wants.
import http from 'node:http';

import {until} from './hub.mjs';

export class Receiver {
    /// `answer(request)` gives `{status, headers?, body?}`, or null to leave the sender hanging.
    constructor(answer = () => ({status: 200})) {
        this.answer = answer;
        this.requests = [];
        this.server = http.createServer((incoming, response) => {
            const parts = [];
            incoming.on('data', (part) => parts.push(part));
            incoming.on('end', () => {
                const request = {
                    method: incoming.method,
                    path: incoming.url,
                    headers: incoming.headers,
                    body: Buffer.concat(parts).toString(),
                };
                const answer = this.answer(request);
                this.requests.push(request);
                if (!answer) return;
                response.writeHead(answer.status, answer.headers ?? {});
                response.end(answer.body ?? '');
            });
        });
        this.server.keepAliveTimeout = 60_000;
    }

    async start() {
        await new Promise((done) => this.server.listen(this.port ?? 0, '127.0.0.1', done));
        this.port = this.server.address().port;
        this.url = `http://127.0.0.1:${this.port}/hook`;
        return this;
    }

    stop() {
        this.server.closeAllConnections();
        return new Promise((done) => this.server.close(done));
    }

    ids() {
        return this.requests.map((request) => request.headers['webhook-id']);
    }

    of(type) {
        return this.requests.filter((request) => JSON.parse(request.body).event === type);
    }

    wait(predicate, what) {
        return until(() => this.requests.find(predicate), what);
    }
    waitFor(type) {
        return until(() => this.of(type)[0], `a delivery of ${type}`);
    }
    waitForCount(count) {
        return until(() => this.requests.length >= count, `${count} requests`);
    }
}

export async function startReceiver(t, answer) {
    const receiver = await new Receiver(answer).start();
    t.after(() => receiver.stop());
    return receiver;
}
