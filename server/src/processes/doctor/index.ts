/** The doctor: what keeps a telephone system from working, said before it does. */
export { runDoctor } from './run-doctor.ts';
