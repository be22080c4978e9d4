/** #base/certificates: an own CA and the server's certificate, made at first start; those of domains; changes of the files while we run. */
export { CertificateKeeper, type CertificateKeeperOptions } from './certificate-keeper.ts';
export type { DomainCertificate } from './domain-certificates.ts';
export { type CertificateOptions, ensureCertificates, type ServerCertificates } from './ensure-certificates.ts';
