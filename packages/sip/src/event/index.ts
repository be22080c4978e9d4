/** Subscriptions (RFC 6665): both machines, without IO. */
export {
  type AcceptedSubscribe,
  admitSubscribe,
  type PackagePolicy,
  type RefusedSubscribe,
} from './accept-subscribe.ts';
export { EventAgent, type ServedSnapshot, type ServeOptions } from './event-agent.ts';
export { eventOf, isSameEvent } from './event-name.ts';
export type { Authenticate, EventAgentOptions, EventName, SubscribeOptions } from './event-port.ts';
export { Publications, type PublicationsOptions } from './publications.ts';
export { Publisher, type PublisherOptions, type PublishState } from './publisher.ts';
export type { EndOptions, ServedEnd, ServedSubscription, ServedUser } from './served-subscription.ts';
export * from './state/index.ts';
export type { Subscriber } from './subscriber.ts';
export type { Notification, SubscriberUser, Subscription } from './subscription.ts';
export { resubscribeAfterSec, type SubscriptionEnd, type TerminationReason } from './termination.ts';
