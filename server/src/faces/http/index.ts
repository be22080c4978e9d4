/** #faces/http: health and metrics. */
export { type Health, type HealthServerOptions, listenHealth } from './health-server.ts';
