/**
 * Happy Eyeballs for SIP over streams (RFC 8305 §5, RFC 7984 §4): of the addresses of one server, connections are begun one after the other, the next as soon as
 * the last has failed or has said nothing for 250 ms. The first that stands is used, the others are given up. Runs before a request is composed, since what its
 * Via and Contact say depends on the connection.
 *
 * Leaves out: datagrams, which have nothing to race with: there the transaction fails over; history of round-trip times (RFC 6555 §4.1).
 */
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import type { Flow, Target } from './flow.ts';

export interface ConnectionRacerOptions {
  readonly clock: Clock;
  /** The flow to a target, open or being made: TransportPort.flowTo. */
  readonly flowTo: (target: Target) => Flow | undefined;
  /** Closes a flow by which nothing was sent. */
  readonly abandon: (flow: Flow) => void;
  /** RFC 8305 §8: Connection Attempt Delay. Default 250 ms. */
  readonly delayMs?: number;
}

type Done = (targets: readonly Target[]) => void;

export class ConnectionRacer {
  readonly #options: ConnectionRacerOptions;
  readonly #races = new Map<string, Race>();
  /** The connections that won, while they stand: the next request need not race. */
  readonly #won = new Map<string, Flow>();
  readonly #standing = new WeakSet<Flow>();

  constructor(options: ConnectionRacerOptions) {
    this.#options = options;
  }

  /**
   * Gives the same targets back, the one first that a connection stands to; at once where there is nothing to race, or one stands already. When none can
   * be reached, as they were: sending by them tells why.
   */
  race(targets: readonly Target[], done: Done): void {
    const rivals = rivalsOf(targets);
    const [first] = rivals;
    if (first === undefined) {
      done(targets);
      return;
    }
    const key = `${first.kind} ${first.server} ${first.remote.address} ${first.remote.port} ${first.tlsPolicy ?? ''}`;
    const tell = (flow: Flow | undefined): void => done(flow === undefined ? targets : withFirst(targets, flow));
    const won = this.#won.get(key);
    if (won !== undefined) {
      tell(won);
      return;
    }
    const known = this.#races.get(key);
    if (known !== undefined) {
      known.dones.push(tell);
      return;
    }
    const race = new Race(rivals, this.#options, (winner) => {
      this.#races.delete(key);
      if (winner !== undefined) this.#won.set(key, winner);
    });
    race.dones.push(tell);
    this.#races.set(key, race);
    race.begin((flow) => this.#standing.has(flow));
  }

  onFlowOpened(flow: Flow): void {
    this.#standing.add(flow);
    for (const race of [...this.#races.values()]) race.opened(flow);
  }

  onFlowClosed(flow: Flow): void {
    for (const [key, won] of this.#won) if (won === flow) this.#won.delete(key);
    for (const race of [...this.#races.values()]) race.closed(flow);
  }
}

/** The leading targets that are addresses of one server; none where there is only one. */
function rivalsOf(targets: readonly Target[]): readonly Target[] {
  const [first] = targets;
  if (first?.server === undefined || first.kind === 'udp') return [];
  const { kind, server } = first;
  const others = targets.findIndex((target) => target.kind !== kind || target.server !== server);
  const rivals = others < 0 ? targets : targets.slice(0, others);
  return rivals.length > 1 ? rivals : [];
}

class Race implements TimerOwner {
  readonly dones: ((winner: Flow | undefined) => void)[] = [];
  readonly #rivals: readonly Target[];
  readonly #options: ConnectionRacerOptions;
  readonly #over: (winner: Flow | undefined) => void;
  readonly #running = new Set<Flow>();
  #next = 0;
  #timer: TimerId = 0;
  #isStanding: (flow: Flow) => boolean = () => false;

  constructor(rivals: readonly Target[], options: ConnectionRacerOptions, over: (winner: Flow | undefined) => void) {
    this.#rivals = rivals;
    this.#options = options;
    this.#over = over;
  }

  begin(isStanding: (flow: Flow) => boolean): void {
    this.#isStanding = isStanding;
    this.#attempt();
  }

  opened(flow: Flow): void {
    if (this.#running.has(flow)) this.#finish(flow);
  }

  closed(flow: Flow): void {
    if (this.#running.delete(flow)) this.#attempt();
  }

  onTimer(): void {
    this.#timer = 0;
    this.#attempt();
  }

  /** Begins the next connection; without any left, and none running, the race has no winner. */
  #attempt(): void {
    const { clock, flowTo, delayMs = 250 } = this.#options;
    clock.disarm(this.#timer);
    this.#timer = 0;
    for (let target = this.#rivals[this.#next]; target !== undefined; target = this.#rivals[this.#next]) {
      this.#next++;
      const flow = flowTo(target);
      // No listener of that family here: RFC 7984 §4.1, such an address is none for us.
      if (flow === undefined) continue;
      if (this.#isStanding(flow)) {
        this.#finish(flow);
        return;
      }
      this.#running.add(flow);
      if (this.#next < this.#rivals.length) this.#timer = clock.arm(delayMs, this, 0);
      return;
    }
    if (this.#running.size === 0) this.#finish(undefined);
  }

  #finish(winner: Flow | undefined): void {
    this.#options.clock.disarm(this.#timer);
    this.#over(winner);
    const losers = [...this.#running].filter((flow) => flow !== winner);
    this.#running.clear();
    for (const done of this.dones) done(winner);
    for (const loser of losers) this.#options.abandon(loser);
  }
}

function withFirst(targets: readonly Target[], { remote }: Flow): readonly Target[] {
  const isIt = ({ remote: { address, port } }: Target): boolean => address === remote.address && port === remote.port;
  return [...targets.filter(isIt), ...targets.filter((target) => !isIt(target))];
}
