import type { components } from './schema';

/** The words of the API as the pages use them: generated shapes, with the closed lists of the state machines spelled out. */

type Schemas = components['schemas'];
type With<T, U> = Omit<T, keyof U> & U;

export type Role =
  | 'requester'
  | 'specialist'
  | 'radiologist'
  | 'reviewer'
  | 'technologist'
  | 'coordinator'
  | 'head'
  | 'admin'
  | 'auditor'
  | 'kiosk';

export type PresenceStatus = 'available' | 'busy' | 'wrapup' | 'paused' | 'off';
export type Sex = 'M' | 'F' | 'O' | 'U';
export type RequestKind = 'rescue' | 'urgent' | 'assist';
export type RequestState =
  | 'draft'
  | 'submitted'
  | 'queued'
  | 'offered'
  | 'accepted'
  | 'in_service'
  | 'awaiting_opinion'
  | 'opined'
  | 'closed'
  | 'returned'
  | 'cancelled'
  | 'unanswered';
export type MediaState = 'none' | 'ringing' | 'connecting' | 'live' | 'degraded' | 'interrupted' | 'ended' | 'failed';
export type DocState = 'none' | 'draft' | 'signed' | 'amended' | 'withdrawn';
export type Outcome = '' | 'accepted' | 'declined' | 'lapsed' | 'recalled' | 'unjoined';

export type PracticePoint = With<Schemas['MePoint'], { roles: Role[] }>;
export type Presence = With<Schemas['Presence'], { status: PresenceStatus }>;
export type Me = With<Schemas['Me'], { point: PracticePoint; points: PracticePoint[]; presence: Presence }>;
export type PersonRef = Pick<Schemas['RequestPerson'], 'id' | 'name' | 'title' | 'phone'>;
export type DutyEntry = With<Schemas['RequestDuty'], { person: PersonRef; presence: PresenceStatus }>;
export type DutyGap = Schemas['RequestUncovered'];
export type Coverage = With<Schemas['CoverageAnswer'], { onDuty: DutyEntry[] }>;
export type Duty = With<Schemas['DutyAnswer'], { items: DutyEntry[] }>;

/** As much of a patient as the identity guard shows. */
export interface PatientBrief {
  id: string;
  name: string;
  sex: Sex;
  age?: string;
  idTail?: string;
}

interface Narrow {
  state: RequestState;
  media: MediaState;
  kind: RequestKind;
  opinionState: DocState;
  patient: PatientBrief;
}

export type RequestSummary = With<Schemas['RequestSummary'], Narrow>;
export type Vitals = Schemas['RequestVitals'];
export type Opinion = With<Schemas['RequestOpinion'], { state: DocState }>;
export type Offer = With<Schemas['RequestOffer'], { outcome: Outcome }>;
export type ConsultRequest = With<
  Schemas['RequestDetail'],
  Narrow & {
    opinion: Opinion;
    offers: Offer[];
    adoption?: With<Schemas['RequestAdoption'], { adoption: Adoption }>;
  }
>;
export type Adoption = 'adopted' | 'partly' | 'rejected';
export type Board = With<Schemas['BoardAnswer'], { requests: RequestSummary[]; duty: DutyEntry[] }>;
export type TimelineEvent = Schemas['Happening'];
export type Ticket = Schemas['TicketAnswer'];
export type NewPatient = Pick<Schemas['PatientDetails'], 'name' | 'birthDate' | 'idNumber' | 'phone' | 'latin'> & {
  sex: Sex;
};
export type NewRequest = Schemas['PostRequestsRequest'];
export type OpinionText = Schemas['RequestText'];
export type Reason = Schemas['RequestReason'];
