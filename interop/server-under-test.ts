/** What the cases know of the server they run against: Ringdown, or Kamailio when the drivers themselves are to be proven. */
export type ServerKind = 'ringdown' | 'kamailio';

export interface User {
  readonly username: string;
  readonly password: string;
  readonly domain: string;
  /** What others dial. */
  readonly extension: string;
}

export interface TrunkInput {
  readonly name: string;
  /** Numbers with this prefix go out by it. */
  readonly prefix: string;
  readonly host: string;
  readonly port: number;
  readonly credentials?: { readonly username: string; readonly password: string; readonly register: boolean };
  /** Calls from it to this number reach this user, or go out by this trunk. */
  readonly inbound?:
    | { readonly number: string; readonly extension: string }
    | { readonly number: string; readonly toTrunk: string };
  /** Whether it is asked by OPTIONS if it is there. Default: true; SIPp takes OPTIONS for the call that it waits for. */
  readonly isProbed?: boolean;
}

export interface ServerUnderTest {
  readonly kind: ServerKind;
  readonly host: string;
  readonly udpPort: number;
  readonly tcpPort: number;
  readonly tlsPort: number;
  /** Whom phones trust over TLS. */
  readonly caFile: string;
  /** The realm and domain of its users. */
  readonly domain: string;
  /** All its processes. */
  pids(): number[];
  addUser(): Promise<User>;
  addTrunk(input: TrunkInput): Promise<void>;
  /** With its number. */
  deleteTrunk(input: TrunkInput): Promise<void>;
  tail(): string;
  /** A clean stop; a failure when it is none. */
  stop(): Promise<void>;
}
