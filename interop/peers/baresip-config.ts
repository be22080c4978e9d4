/** The files of one baresip: config, accounts. baresip skips the loopback unless told by `net_interface`. */
export type SipTransport = 'udp' | 'tcp' | 'tls';
export type Answering = 'manual' | 'auto' | 'early';

export interface BaresipAccount {
  readonly username: string;
  readonly password: string;
  readonly domain: string;
  readonly displayName?: string;
}

export interface BaresipConfig {
  readonly folder: string;
  readonly sipPort: number;
  readonly controlPort: number;
  /** A short path: the file's name is cut off at 128 bytes with all before it. */
  readonly recordedFolder: string;
  /** RTP takes an even port here, RTCP the next. */
  readonly rtpFirst: number;
  readonly rtpLast: number;
  readonly account: BaresipAccount;
  readonly transport: SipTransport;
  /** `127.0.0.1:5060`: all requests go there. */
  readonly server?: string;
  readonly registers: boolean;
  /** Outbound (RFC 5626). */
  readonly registersFlow?: boolean;
  readonly answering: Answering;
  readonly codecs: readonly string[];
  /** What the phone says: `aufile,/x.wav` or `ausine,440`. */
  readonly source: string;
  readonly caFile?: string;
  readonly mediaEncryption?: 'srtp' | 'srtp-mand' | 'dtls_srtp';
  /** A camera that makes a picture of its own (VP8), and a screen that nobody looks at. */
  readonly hasCamera?: boolean;
  /** URIs of those whose presence it subscribes to. */
  readonly watches?: readonly string[];
}

const cameraLines = [
  'module vp8.so',
  'module fakevideo.so',
  'video_source fakevideo,nil',
  'video_display fakevideo,nil',
  'video_size 176x144',
  'video_bitrate 200000',
  'video_fps 10',
];

const modules = ['g711', 'g722', 'opus', 'srtp', 'dtls_srtp', 'aufile', 'ausine', 'aubridge', 'sndfile'];

export function formatBaresipConfig(config: BaresipConfig): string {
  return [
    'poll_method epoll',
    `sip_listen 127.0.0.1:${config.sipPort}`,
    ...(config.caFile === undefined ? [] : [`sip_cafile ${config.caFile}`]),
    'call_local_timeout 120',
    'call_max_calls 4',
    `audio_path ${config.folder}`,
    `audio_source ${config.source}`,
    // None there is: what is heard is recorded by sndfile before it reaches a player.
    'audio_player aubridge,heard',
    'audio_buffer 20-160',
    `rtp_ports ${config.rtpFirst}-${config.rtpLast}`,
    'rtcp_mux no',
    'jitter_buffer_delay 0-0',
    'rtp_stats yes',
    'net_interface 127.0.0.1',
    `snd_path ${config.recordedFolder}`,
    'module_path /usr/lib/baresip/modules',
    ...modules.map((name) => `module ${name}.so`),
    ...(config.hasCamera === true ? cameraLines : []),
    'module_tmp uuid.so',
    'module_tmp account.so',
    'module_app menu.so',
    'module_app ctrl_tcp.so',
    ...(config.watches === undefined ? [] : ['module_app contact.so', 'module_app presence.so']),
    `ctrl_tcp_listen 127.0.0.1:${config.controlPort}`,
    'ringback_disabled yes',
    '',
  ].join('\n');
}

export function formatBaresipAccount(config: BaresipConfig): string {
  const { account, transport, server } = config;
  const name = account.displayName === undefined ? '' : `"${account.displayName}" `;
  const parameters = [
    `auth_user=${account.username}`,
    `auth_pass=${account.password}`,
    ...(server === undefined ? [] : [`outbound="sip:${server};transport=${transport}"`]),
    `regint=${config.registers ? 600 : 0}`,
    ...(config.registersFlow === true ? ['sipnat=outbound'] : []),
    `answermode=${config.answering}`,
    `audio_codecs=${config.codecs.join(',')}`,
    ...(config.hasCamera === true ? ['video_codecs=vp8'] : []),
    ...(config.mediaEncryption === undefined ? [] : [`mediaenc=${config.mediaEncryption}`]),
  ];
  return `${name}<sip:${account.username}@${account.domain};transport=${transport}>;${parameters.join(';')}\n`;
}
