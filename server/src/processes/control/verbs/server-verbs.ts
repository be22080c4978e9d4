/** Admin verbs of the server as a whole: how it stands, its backup, its certificates. */
import { X509Certificate } from 'node:crypto';
import type { ServerCertificates } from '#base/certificates';
import { version } from '#base/version';
import { writeBackup } from '../../backup/index.ts';
import { text } from './argument.ts';
import type { VerbOptions } from './verb-options.ts';
import type { VerbRows } from './verb-rows.ts';

export function serverVerbs({ truth, telephony, config, places, delay, time }: VerbOptions): VerbRows {
  return [
    [
      'status',
      () => ({
        pid: process.pid,
        version,
        calls: telephony.callCount,
        media: telephony.media.hellos(),
        sipDatagrams: telephony.datagrams,
        eventLoopDelay: delay.read(),
        config,
      }),
    ],
    ['certificates.list', () => rowsOf(truth.certificates.current)],
    ['certificates.reload', () => rowsOf(truth.certificates.reload())],
    [
      'backup',
      (args) =>
        writeBackup({
          folder: text(args, 'folder'),
          places,
          version,
          nowUtcMs: time.nowUtcMs(),
          copyDatabases: async (folder) => {
            await truth.registrar.flush();
            await truth.storage.backup(folder);
          },
          withKey: args.withoutKey !== true,
        }),
    ],
  ];
}

function rowsOf({ certPem, domains }: ServerCertificates) {
  return [{ name: 'server', certPem }, ...domains].map((row) => {
    const { subjectAltName, subject, validToDate, fingerprint256 } = new X509Certificate(row.certPem);
    return { name: row.name, for: subjectAltName ?? subject, until: validToDate.toISOString(), sha256: fingerprint256 };
  });
}
