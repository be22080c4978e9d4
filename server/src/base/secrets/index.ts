/** #base/secrets: secrets at rest. */
export { addKey, openKeyFile } from './key-file.ts';
export { createSecretBox, type SecretBox, type SecretKey } from './secret-box.ts';
