import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { readMessages, writeMessage } from './message_stream.ts';

/** The file descriptor of the socket in the process that is started with it. */
export const SOCKET = 3;

/** One end of a socket between two processes, on which messages go both ways. */
export class MessageSocket<Sent, Received> {
  private sending: Promise<void> = Promise.resolve();

  constructor(private readonly socket: Duplex) {
    socket.on('error', () => {}); // The other process has ended, so `received` ends too.
  }

  /**
   * Sends a message, piece by piece, after those before it. Resolves when the system has taken its bytes; a process
   * that has ended gets no message.
   */
  send(message: Sent): Promise<void> {
    this.sending = this.sending.then(() => this.write(message)).catch(() => {});
    return this.sending;
  }

  /** The messages of the other side, until it ends. */
  received(): AsyncGenerator<Received, void> {
    return readMessages(this.chunks()) as AsyncGenerator<Received, void>;
  }

  private async write(message: Sent): Promise<void> {
    for (const piece of writeMessage(message)) if (!this.socket.write(piece)) await once(this.socket, 'drain');
  }

  private async *chunks(): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of this.socket) yield chunk;
  }
}
