/** #base/version: one version for all packages, that of package.json. */
export const version = '0.1.0';
