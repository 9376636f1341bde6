import { Option } from 'commander';
import type { BenchConfig } from '../bench/bench_config.ts';
import { type PeerDescription, type PeerSample, requireSameModel, Sampler } from '../bench/peers/peer.ts';
import { createProblem } from '../bench/peers/problem.ts';
import { comparePairs, PEER_STARTS, type PeerRow } from '../bench/peers/ratios.ts';
import { TFJS_PEERS, type TfjsPeer } from '../bench/peers/tfjs_peers.ts';
import { asFailure, Failure } from '../errors.ts';
import type { JobEvent, Tuning } from '../jobs/protocol.ts';
import { HOSTS, type HostFlags, jobFailure } from './hosts.ts';
import { PyTorch } from './pytorch.ts';
import type { StatusLine } from './status_line.ts';
import { plainText, table } from './terminal.ts';
import type { TileCache } from './tuning.ts';

const PYTORCH = 'pytorch';
export type PeerName = TfjsPeer | typeof PYTORCH;
const PEERS: PeerName[] = [...TFJS_PEERS, PYTORCH];

/** Samples of each system in a start, unless a peer needs more than `SECONDS` for them. */
const ROUNDS = 5;
const SECONDS = 15;

export interface PeersRequest extends HostFlags {
  config: BenchConfig;
  /** The peers to compare with, all of which must run; `true` for all that can run. */
  peers: PeerName[] | true;
  /** Of each start. */
  rounds?: number;
  starts?: number;
  tiles: TileCache;
  tuning: Tuning;
  status: StatusLine;
}

export interface PeersReport {
  rows: PeerRow[];
  /** Sentences on the peers that were left out. */
  notes: string[];
}

export function peersOption(): Option {
  return new Option('--peers [names...]', 'also time other systems: these, or all that can run').choices(PEERS);
}

/** Times our step and its peers' in turns, in several starts. Throws peer-failed if a peer that was named cannot run. */
export async function comparePeers(request: PeersRequest): Promise<PeersReport> {
  const { starts: count = PEER_STARTS } = request;
  const starts: PeerStart[] = [];
  while (starts.length < count) {
    const start = new PeerStart(request);
    try {
      await start.run();
    } finally {
      start.close();
    }
    starts.push(start);
  }
  const peers = new Map(starts.flatMap(({ peers }) => peers).map((description) => [description.peer, description]));
  const rows = comparePairs(
    starts.map(({ samples }) => samples),
    [...peers.values()],
  );
  return { rows, notes: [...new Set(starts.flatMap(({ notes }) => notes))] };
}

/** One start: all systems are started, take turns, and end. */
class PeerStart {
  readonly samples: PeerSample[] = [];
  readonly peers: PeerDescription[] = [];
  readonly notes: string[] = [];
  private pytorch: PyTorch | undefined;
  /** PyTorch's modes by the names of their peers. */
  private readonly outside = new Map<string, Sampler>();

  constructor(private readonly request: PeersRequest) {}

  async run(): Promise<void> {
    const { config, runtime, adapter, rounds = ROUNDS, tiles, tuning, status } = this.request;
    const names = this.request.peers === true ? PEERS : this.request.peers;
    if (names.includes(PYTORCH)) await this.orSkip(() => this.startPyTorch());
    const tfjs = TFJS_PEERS.filter((name) => names.includes(name));
    const outside = [...this.outside.keys()];
    const job = { type: 'peers', config, tfjs, outside, rounds, seconds: SECONDS, tuning } as const;
    for await (const event of HOSTS[runtime](job, { adapter, log: (line) => status.log(line) })) {
      if (event.type === 'failed') throw jobFailure(event, adapter);
      await tiles.keep(event, (line) => status.log(line));
      await this.handle(event);
    }
  }

  close(): void {
    this.pytorch?.close();
    this.request.status.clear();
  }

  private async handle(event: JobEvent): Promise<void> {
    switch (event.type) {
      case 'peer-baseline':
        await this.orSkip(() => this.pytorch && requireSameModel('PyTorch', this.pytorch.answer, event));
        break;
      case 'peer-ready': {
        const { type: _, ...description } = event;
        this.peers.push(description);
        break;
      }
      case 'peer-skipped':
        this.skip(event.reason);
        break;
      case 'peer-sample':
        this.add(event);
        break;
      case 'peer-turn':
        await this.orSkip(() => this.takeTurn(event.peer, event.round));
        break;
    }
  }

  private async startPyTorch(): Promise<void> {
    this.request.status.show('starting PyTorch');
    const pytorch = await PyTorch.start(createProblem(this.request.config), process.env);
    this.pytorch = pytorch;
    this.notes.push(...pytorch.answer.notes);
    for (const { mode, ...description } of pytorch.peers) {
      this.peers.push(description);
      this.outside.set(description.peer, new Sampler({ run: (steps) => pytorch.run(mode, steps) }));
    }
  }

  /** The job stands still until this is done. */
  private async takeTurn(peer: string, round: number): Promise<void> {
    const stepMs = await this.outside.get(peer)?.sample();
    if (stepMs !== undefined) this.add({ peer, round, stepMs });
  }

  private add({ peer, round, stepMs }: PeerSample): void {
    this.samples.push({ peer, round, stepMs });
    this.request.status.show(`round ${round}, ${peer ?? 'ours'}: ${stepMs.toPrecision(3)} ms`);
  }

  /** A failure of `attempt` is PyTorch's, the only peer that runs here. It gets no further turn. */
  private async orSkip(attempt: () => unknown): Promise<void> {
    try {
      await attempt();
    } catch (error) {
      this.outside.clear();
      this.skip(asFailure(error).message);
    }
  }

  private skip(reason: string): void {
    if (this.request.peers !== true) throw new Failure('peer-failed', reason);
    // A missing library makes one note, not one for each of its three backends.
    if (!this.notes.includes(reason)) this.notes.push(reason);
  }
}

/** The report as text within 80 columns, if the notes allow it. */
export function peersTable({ rows, notes }: PeersReport): string {
  const cells = rows.map(({ peer, version, oursMs, theirsMs, ratio, low, high, rounds }) => [
    peer,
    plainText(version),
    oursMs.toPrecision(3),
    theirsMs.toPrecision(3),
    ratio.toPrecision(3),
    `${low.toPrecision(3)}–${high.toPrecision(3)}`,
    String(rounds),
  ]);
  const headers = ['peer', 'version', 'ours ms', 'theirs ms', 'ratio', '95 %', 'n'];
  const body = table(headers, cells, ['left', 'left', 'right', 'right', 'right', 'right', 'right']);
  const details = rows.map(({ peer, detail }) => `${peer}: ${plainText(detail)}`);
  return [
    ...(rows.length > 0 ? [body, 'a training step; ratio is ours / theirs; 95 % of the starts'] : []),
    ...details,
    ...notes,
  ].join('\n');
}
