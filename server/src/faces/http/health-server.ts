/** Health and metrics over HTTP, for monitors: GET /health (and /healthz), GET /metrics. Bound to loopback unless told otherwise. */
import { formatPrometheus, type Metrics, prometheusContentType } from '#base/metrics';

// Imported as a module, all its exports are read, the lazy ones too: an HTTP client, 15 MB.
const { createServer } = process.getBuiltinModule('node:http');
type Server = ReturnType<typeof createServer>;

export interface Health {
  /** 503 where not. */
  readonly isHealthy: boolean;
  readonly parts: Readonly<Record<string, unknown>>;
}

export interface HealthServerOptions {
  readonly address: string;
  readonly port: number;
  readonly metrics: Metrics;
  readonly health: () => Health;
}

export function listenHealth(options: HealthServerOptions): Promise<Server> {
  const server = createServer(
    { maxHeaderSize: 8192, requestTimeout: 5000, headersTimeout: 5000 },
    (request, response) => {
      const path = request.url?.split('?')[0];
      if (request.method !== 'GET') response.writeHead(405).end();
      else if (path === '/health' || path === '/healthz') {
        const { isHealthy, parts } = options.health();
        response
          .writeHead(isHealthy ? 200 : 503, { 'content-type': 'application/json' })
          .end(JSON.stringify({ healthy: isHealthy, ...parts }));
      } else if (path === '/metrics')
        response.writeHead(200, { 'content-type': prometheusContentType }).end(formatPrometheus(options.metrics));
      else response.writeHead(404).end();
    },
  );
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.address, () => resolve(server));
  });
}
