/** #services/directory: tenants, domains, users, identities, devices and numbers. */
export * from './records.ts';
