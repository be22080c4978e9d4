/** All scenarios by name. */
import { calleeScenarios } from './callee-scenarios.ts';
import { callerScenarios } from './caller-scenarios.ts';
import { eventScenarios } from './event-scenarios.ts';

export const scenarios = { ...callerScenarios, ...calleeScenarios, ...eventScenarios } as const;
export type ScenarioName = keyof typeof scenarios;
