// Bytes on a connection, as they are: for requests that no HTTP client would send.
import net from 'node:net';

import {kDeadline} from './hub.mjs';

/// An open connection to the hub; `received` grows as the answer comes.
export class RawConnection {
    constructor(hub) {
        const {hostname, port} = new URL(hub.base);
        this.received = '';
        this.socket = net.connect({host: hostname, port: Number(port)});
        this.socket.setNoDelay(true);
        this.socket.setEncoding('latin1').on('data', (text) => {
            this.received += text;
        });
        this.open = new Promise((resolve, reject) =>
            this.socket.once('connect', resolve).once('error', reject),
        );
        this.closed = new Promise((resolve) => this.socket.once('close', resolve));
        // A reset is one of the ways in which a peer ends a connection.
        this.socket.on('error', () => {});
    }

    write(bytes) {
        return new Promise((done) => this.socket.write(bytes, 'latin1', done));
    }

    end() {
        this.socket.destroy();
    }
}

/// Sends the bytes and answers all that came back until the hub closed the connection.
export async function exchange(hub, bytes) {
    const connection = new RawConnection(hub);
    await connection.open;
    await connection.write(bytes);
    const late = setTimeout(() => connection.socket.destroy(new Error('deadline')), kDeadline);
    await connection.closed;
    clearTimeout(late);
    return connection.received;
}

/// How many responses there are in these bytes, and the status of the first.
export function responsesIn(bytes) {
    const found = [...bytes.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map((match) => Number(match[1]));
    return {count: found.length, status: found[0]};
}
