/**
 * Secrets at rest: AES-256-GCM with a fresh 96-bit nonce. A sealed text names its key, so keys can be exchanged, and is bound to a
 * context (which record, which field), so that a sealed value copied to another place does not open there.
 * Form: `s1.KEYID.NONCE.CIPHERTEXT+TAG`, base64url.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { RandomBytes } from '../ids/index.ts';
import { secretNotOpened } from './errors.ts';

export interface SecretKey {
  /** Short and unique among the keys; stands in each sealed text. */
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
}

export interface SecretBox {
  /** Seals with the newest key. `context` such as `device/dev_…/ha1Md5` must be the same when opening. */
  seal(clear: string, context: string): string;
  open(sealed: string, context: string): string;
  /** Whether a sealed text is under an older key and should be sealed anew. */
  isStale(sealed: string): boolean;
}

const nonceBytes = 12;
const tagBytes = 16;

/** @param keys newest last, at least one. */
export function createSecretBox(keys: readonly [SecretKey, ...SecretKey[]], random: RandomBytes): SecretBox {
  const newest = keys.at(-1) ?? keys[0];
  const byId = new Map(keys.map((key) => [key.id, key]));
  return {
    seal(clear, context) {
      const nonce = new Uint8Array(nonceBytes);
      random.fill(nonce);
      const cipher = createCipheriv('aes-256-gcm', newest.bytes, nonce);
      cipher.setAAD(Buffer.from(context, 'utf8'));
      const body = Buffer.concat([cipher.update(clear, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `s1.${newest.id}.${Buffer.from(nonce).toString('base64url')}.${body.toString('base64url')}`;
    },
    open(sealed, context) {
      const [form, keyId = '', nonce = '', body = '', rest] = sealed.split('.');
      if (form !== 's1' || rest !== undefined) throw secretNotOpened(context, 'it has an unknown form');
      const key = byId.get(keyId);
      if (key === undefined) throw secretNotOpened(context, `its key "${keyId}" is not in the key file`);
      const bytes = Buffer.from(body, 'base64url');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key.bytes, Buffer.from(nonce, 'base64url'), {
          authTagLength: tagBytes,
        });
        decipher.setAAD(Buffer.from(context, 'utf8'));
        decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
        return decipher.update(bytes.subarray(0, bytes.length - tagBytes), undefined, 'utf8') + decipher.final('utf8');
      } catch (cause) {
        throw secretNotOpened(context, 'it was changed or belongs elsewhere', cause);
      }
    },
    isStale: (sealed) => sealed.split('.')[1] !== newest.id,
  };
}
