/** All scenarios by name. */
import { calleeScenarios } from './callee-scenarios.ts';
import { callerScenarios } from './caller-scenarios.ts';

export const scenarios = { ...callerScenarios, ...calleeScenarios } as const;
export type ScenarioName = keyof typeof scenarios;
