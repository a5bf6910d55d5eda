import { admin } from './admin';
import { call } from './call';
import { common } from './common';
import { ecg } from './ecg';
import { errors } from './errors';
import { film } from './film';
import { forward } from './forward';
import { guest } from './guest';
import { importing } from './import';
import { kinds } from './kinds';
import { lecture } from './lecture';
import { linetest } from './linetest';
import { playback } from './playback';
import { reading } from './reading';
import { records } from './records';
import { request } from './request';
import { retention } from './retention';
import { room } from './room';
import { share } from './share';
import { shell } from './shell';
import { transfer } from './transfer';
import { truth } from './truth';
import { viewer } from './viewer';
import { work } from './work';
import { worklist } from './worklist';

export const en = {
  ...call,
  ...common,
  ...ecg,
  ...errors,
  ...film,
  ...request,
  ...room,
  ...share,
  ...shell,
  ...work,
  ...records,
  ...admin,
  ...forward,
  ...playback,
  ...guest,
  ...importing,
  ...kinds,
  ...lecture,
  ...linetest,
  ...reading,
  ...retention,
  ...transfer,
  ...truth,
  ...viewer,
  ...worklist,
} as const;
