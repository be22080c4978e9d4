/**
 * Pushes by a webhook: what a push service needs is posted as JSON to a URL of the operator's, which knows the credentials of Apple, Google and others. `{"provider":"fcm",
 * "prid":"…","param":"…"}`; 2xx: it is on its way.
 */
import type { PushSender, PushTarget } from '#faces/sip-edge';

export interface PushWebhookOptions {
  readonly url: string;
  readonly providers: readonly string[];
  /** Runs a task as an input of a turn. */
  readonly post: (task: () => void) => void;
  readonly report: (fields: Readonly<Record<string, unknown>>, text: string) => void;
}

const answerWithinMs = 5000;

export class PushWebhook implements PushSender {
  readonly #options: PushWebhookOptions;

  constructor(options: PushWebhookOptions) {
    this.#options = options;
  }

  get providers(): readonly string[] {
    return this.#options.providers;
  }

  send(target: PushTarget, failed: (detail: string) => void): void {
    const { post, report } = this.#options;
    void this.#ask(target).then((fault) => {
      if (fault === null) return;
      report({ provider: target.provider, fault }, 'a push was not taken');
      post(() => failed(fault));
    });
  }

  /** Never rejects; null: taken. */
  async #ask(target: PushTarget): Promise<string | null> {
    try {
      const response = await fetch(this.#options.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(target),
        signal: AbortSignal.timeout(answerWithinMs),
      });
      await response.body?.cancel();
      return response.ok ? null : `${response.status} ${response.statusText}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
