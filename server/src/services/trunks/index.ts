/** #services/trunks: the peers we exchange calls with, and which calls go to which. */
export * from './records.ts';
