/**
 * A house behind a NAT, in network namespaces: phones in a private network that nobody outside can reach, a router that masquerades, and the outside, where
 * the server is. Needs root, `ip` and `iptables`.
 *
 *     phones 10.N.0.2 ...  ---  10.N.0.1 [router] 198.18.N.2  ---  198.18.N.1 server (the machine itself)
 */
import { join } from 'node:path';
import { PeerProcess, run } from './peer-process.ts';
import { expect } from './wait.ts';

export interface NatNetworkOptions {
  readonly folder: string;
  /** 1 to 254; no two networks of a run may share it. */
  readonly number: number;
}

export class NatNetwork {
  /** Of the server. */
  readonly outside: string;
  /** Of the router, as the server sees everybody who is inside. */
  readonly router: string;
  readonly #folder: string;
  readonly #number: number;
  readonly #inside: string;
  readonly #nat: string;
  #commands = 0;

  private constructor({ folder, number }: NatNetworkOptions) {
    this.#folder = folder;
    this.#number = number;
    this.#inside = `rd-in-${process.pid}-${number}`;
    this.#nat = `rd-nat-${process.pid}-${number}`;
    this.outside = `198.18.${number}.1`;
    this.router = `198.18.${number}.2`;
  }

  static async open(options: NatNetworkOptions): Promise<NatNetwork> {
    const network = new NatNetwork(options);
    try {
      await network.#build();
    } catch (error) {
      await network.stop();
      throw error;
    }
    return network;
  }

  /** A program inside, at a private address of its own. */
  start(name: string, host: number, command: string, args: readonly string[]): PeerProcess {
    const bind = this.privateAddress(host);
    const folder = this.#folder;
    const all = ['netns', 'exec', this.#inside, 'env', `PRIVATE_ADDRESS=${bind}`, command, ...args];
    return new PeerProcess({ name, command: 'ip', args: all, folder });
  }

  privateAddress(host: number): string {
    return `10.${this.#number}.0.${host}`;
  }

  async stop(): Promise<void> {
    for (const name of [this.#inside, this.#nat]) await this.#try('ip', 'netns', 'del', name);
    // The end that stands outside goes with its other half.
  }

  async #build(): Promise<void> {
    const n = this.#number;
    const [inside, nat] = [this.#inside, this.#nat];
    const [i0, i1, o0, o1] = ['i0', 'i1', 'o0', `rd${process.pid % 10_000}o${n}`];
    for (const name of [inside, nat]) await this.#must('ip', 'netns', 'add', name);
    await this.#must('ip', '-n', inside, 'link', 'add', i0, 'type', 'veth', 'peer', 'name', i1, 'netns', nat);
    await this.#must('ip', '-n', nat, 'link', 'add', o0, 'type', 'veth', 'peer', 'name', o1, 'netns', '1');
    for (const host of [2, 3])
      await this.#must('ip', '-n', inside, 'addr', 'add', `${this.privateAddress(host)}/24`, 'dev', i0);
    await this.#must('ip', '-n', nat, 'addr', 'add', `${this.privateAddress(1)}/24`, 'dev', i1);
    await this.#must('ip', '-n', nat, 'addr', 'add', `${this.router}/24`, 'dev', o0);
    await this.#must('ip', 'addr', 'add', `${this.outside}/24`, 'dev', o1);
    for (const [space, link] of [
      [inside, i0],
      [inside, 'lo'],
      [nat, i1],
      [nat, o0],
    ] as const)
      await this.#must('ip', '-n', space, 'link', 'set', link, 'up');
    await this.#must('ip', 'link', 'set', o1, 'up');
    await this.#must('ip', '-n', inside, 'route', 'add', 'default', 'via', this.privateAddress(1));
    await this.#must('ip', 'netns', 'exec', nat, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    const masquerade = ['-t', 'nat', '-A', 'POSTROUTING', '-o', o0, '-j', 'MASQUERADE'];
    // Every mapping gets a port of its own, as routers do that keep nothing.
    await this.#must('ip', 'netns', 'exec', nat, 'iptables', ...masquerade, '--random-fully');
  }

  async #must(command: string, ...args: string[]): Promise<void> {
    const done = await this.#run(command, args);
    expect(done.exitCode === 0, `${command} ${args.join(' ')} failed: ${done.tail()}`);
  }

  async #try(command: string, ...args: string[]): Promise<void> {
    await this.#run(command, args);
  }

  #run(command: string, args: readonly string[]): Promise<PeerProcess> {
    this.#commands += 1;
    return run({ name: `nat-${this.#commands}`, command, args, folder: join(this.#folder) });
  }
}
