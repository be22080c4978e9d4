/** #services/first-start: what a fresh installation gets without being asked, and what is said about it. */
export { chooseServerAddress, type InterfaceAddress } from './choose-server-address.ts';
export {
  type BuiltinNumber,
  type FirstStart,
  type FirstStartOptions,
  type FirstUser,
  runFirstStart,
} from './first-start.ts';
export { type FirstStartPlaces, formatFirstStart } from './format-first-start.ts';
