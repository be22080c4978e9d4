/** Messages (RFC 3428) and who is writing one (RFC 3994). */
export { Composing, type ComposingOptions, ComposingWatch, type ComposingWatchOptions } from './composing.ts';
export { formatIsComposing, type IsComposing, isComposingType, parseIsComposing } from './is-composing.ts';
export { mostMessageBytesByUdp, type PagerMessage, readPagerMessage } from './pager-message.ts';
