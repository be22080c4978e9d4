/** @ringdown/sip/browser: a phone over WebSocket, on what a browser has; nothing of Node is imported. */
export { createBrowserHasher, createBrowserRandom } from './browser-basics.ts';
export { BrowserDriver } from './browser-driver.ts';
export { createWebPhone, type WebPhone, type WebPhoneOptions } from './create-web-phone.ts';
export { createPassportSigner, createPassportVerifier } from './passport-keys.ts';
export { type StandardWebSocket, WebSocketTransport, type WebSocketTransportOptions } from './web-socket-transport.ts';
