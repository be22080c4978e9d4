/** #base/certificates: an own CA and the server's certificate, made at first start. */
export { type CertificateOptions, ensureCertificates, type ServerCertificates } from './ensure-certificates.ts';
