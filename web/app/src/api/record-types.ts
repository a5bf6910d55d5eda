import type { components } from './schema';
import type { PatientBrief, RequestSummary, Sex } from './types';

/** Patients, orders, studies, readings and critical findings as the pages use them. */

type Schemas = components['schemas'];
type With<T, U> = Omit<T, keyof U> & U;

export type StudySummary = With<Schemas['StudyView'], { sex?: Sex }>;
export type Order = With<Schemas['OrderView'], { patient: PatientBrief }>;
export type BookableDevice = Schemas['DeviceView'];
export type PerformedStep = Schemas['StepView'];
export type NewOrder = Schemas['OrderInput'];
export type Critical = With<Schemas['CriticalView'], { patient: PatientBrief }>;
export type PatientChart = With<
  Schemas['ChartView'],
  { requests: RequestSummary[]; orders: Order[]; studies: StudySummary[] }
>;
export type ReadingBrief = With<Schemas['ReadingSummary'], { patient: PatientBrief }>;
