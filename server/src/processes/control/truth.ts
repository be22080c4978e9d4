/** What must stand before the first message is read: keys, certificates, storage, configuration with its views, registrations, first start. */
import { networkInterfaces } from 'node:os';
import { CertificateKeeper } from '#base/certificates';
import type { TimeSource } from '#base/clock';
import type { BootstrapConfig } from '#base/config';
import { createEventBus, createEventSource, type EventBus, type EventSource } from '#base/events';
import { createIdSource, createSystemRandom, type IdSource, type RandomBytes } from '#base/ids';
import type { Log } from '#base/log';
import { openKeyFile, type SecretBox } from '#base/secrets';
import { type Configuration, createConfiguration } from '#services/configuration';
import { createDirectory, type Directory, directoryKinds, userDeleted } from '#services/directory';
import { chooseServerAddress, type FirstStart, runFirstStart } from '#services/first-start';
import { createRegistrar, type Registrar } from '#services/registrar';
import { createTrunks, type Trunks, trunkKinds } from '#services/trunks';
import { type EmbeddedStorage, openEmbeddedStorage, type StorageThread } from '#storage/embedded';
import type { Places } from '../places.ts';

export interface Truth {
  readonly time: TimeSource;
  readonly ids: IdSource;
  readonly random: RandomBytes;
  readonly bus: EventBus;
  readonly events: EventSource;
  readonly storage: EmbeddedStorage;
  readonly configuration: Configuration;
  readonly secrets: SecretBox;
  readonly directory: Directory;
  readonly trunks: Trunks;
  readonly registrar: Registrar;
  readonly certificates: CertificateKeeper;
  readonly firstStart: FirstStart | undefined;
  /** What a phone on this network types as its server. */
  readonly serverAddress: string;
}

export interface TruthOptions {
  readonly config: BootstrapConfig;
  readonly places: Places;
  readonly time: TimeSource;
  readonly log: Log;
  readonly storageThread: StorageThread;
  /** Storage is gone for good. */
  readonly onFailure: (error: unknown) => void;
}

export async function openTruth(options: TruthOptions): Promise<Truth> {
  const { config, places, time, log } = options;
  const random = createSystemRandom();
  const ids = createIdSource(time, random);
  const bus = createEventBus((error, event) => log.error({ err: error, event: event.type }, 'a listener failed'));
  const events = createEventSource(time, ids);
  const secrets = openKeyFile(places.keyFile, random);
  const serverAddress = chooseServerAddress({
    advertised: config.sip.advertisedAddress,
    listen: config.sip.listen,
    interfaces: ownInterfaces(),
  });
  // Its thread opens the files while this one sees to the certificates.
  const opening = openEmbeddedStorage({
    folder: places.data,
    kinds: [...directoryKinds, ...trunkKinds],
    nowUtcMs: time.nowUtcMs(),
    onLogFault: (error) => log.error({ err: error }, 'the log of registrations or subscriptions cannot be written'),
    onFailure: options.onFailure,
    thread: options.storageThread,
  });
  const certificates = new CertificateKeeper({
    folder: places.certificates,
    names: [...new Set([...config.sip.domains, serverAddress, 'localhost', '127.0.0.1'])],
    nowUtcMs: () => time.nowUtcMs(),
    random,
  });
  const storage = await opening;
  const configuration = createConfiguration({ store: storage.configuration, time, ids, bus, events });
  const directory = createDirectory({ configuration, ids, random, secrets, events });
  const trunks = createTrunks({ configuration, ids, secrets, directory: directory.views });
  await configuration.load();
  const [domain] = config.sip.domains;
  const firstStart = await runFirstStart({
    directory,
    challenge: config.sip.challenge,
    ...(domain === undefined ? {} : { domain }),
  });
  const registrar = createRegistrar({
    policy: { ...config.registrar, keepsSleepers: config.push.url !== undefined },
    store: storage.bindings,
    ...{ time, bus, events },
    log: storage.bindingLog,
    onSaveFailed: (error, count) =>
      log.warn({ err: error, count }, 'registrations could not be saved; it will be tried again'),
  });
  await registrar.load();
  // Who is deleted is called no more, and does not come back by a binding that is still young.
  bus.on(userDeleted, ({ tenant, data }) => {
    for (const aor of data.addresses) registrar.forget(tenant, aor);
  });
  return {
    time,
    ids,
    random,
    bus,
    events,
    storage,
    configuration,
    secrets,
    directory,
    trunks,
    registrar,
    certificates,
    firstStart,
    serverAddress,
  };
}

function ownInterfaces() {
  return Object.values(networkInterfaces()).flatMap((rows) =>
    (rows ?? []).map(({ address, family, internal }) => ({
      address,
      family: family === 'IPv6' ? (6 as const) : (4 as const),
      internal,
    })),
  );
}
