/** Documents of event packages and messages, XML and text: a value or none, never a throw. */
import {
  parseConferenceInfo,
  parseDialogInfo,
  parseIsComposing,
  parseMessageSummary,
  parsePidf,
  parseReginfo,
  parseSipfrag,
  readXml,
} from '@ringdown/sip';
import { documents } from './documents.ts';
import { ensure, type FuzzTarget, toBytes } from './target.ts';

export const documentsTarget: FuzzTarget = {
  name: 'documents',
  corpus: documents.filter((document) => /^[<MS]/.test(document)),
  check: (input) => {
    const bytes = toBytes(input);
    const xml = readXml(bytes);
    ensure(typeof xml === 'object' && xml !== null, 'XML is read or refused');
    void [parsePidf(bytes), parseDialogInfo(bytes), parseConferenceInfo(bytes), parseReginfo(bytes)];
    void [parseIsComposing(bytes), parseMessageSummary(bytes)];
    const status = parseSipfrag({ type: 'message/sipfrag', bytes })?.status ?? 100;
    ensure(status >= 100 && status <= 699, 'a status is one of SIP');
  },
};
