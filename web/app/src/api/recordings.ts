import { queryOptions } from '@tanstack/react-query';
import { http, take, takeItems } from './client';
import type { components } from './schema';

/** Recordings of consults: every call of this part, in one place. */

type Schemas = components['schemas'];

export type Recording = Schemas['Recording'];
export type RecordingIndex = Schemas['RecordingIndex'];
export type RecordingEvent = Schemas['RecordingIndexEvent'];
export type RecordingGap = Schemas['RecordingIndexGap'];

const by = (id: string) => ({ params: { path: { id } } });

export const recordingsQuery = (request: string) =>
  queryOptions({
    queryKey: ['recording', 'of', request],
    queryFn: ({ signal }) =>
      takeItems<Recording>(http.GET('/api/requests/{id}/recordings', { ...by(request), signal })),
  });

export const recordingQuery = (id: string) =>
  queryOptions({
    queryKey: ['recording', id],
    queryFn: ({ signal }) => take<Recording>(http.GET('/api/recordings/{id}', { ...by(id), signal })),
  });

/** Fetching it is looking at the recording, and is written down. */
export const recordingIndexQuery = (id: string) =>
  queryOptions({
    queryKey: ['recording-index', id],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => take<RecordingIndex>(http.GET('/api/recordings/{id}/index', { ...by(id), signal })),
  });

export const recordingFileUrl = (id: string, name: string) => `/api/recordings/${id}/files/${name}`;

export type RecordingCommand = 'delete' | 'hold' | 'release';

export const commandRecording = (recording: Recording, command: RecordingCommand, reason: string) => {
  const body = { version: recording.version, reason };
  switch (command) {
    case 'delete':
      return take<Recording>(http.POST('/api/recordings/{id}/delete', { ...by(recording.id), body }));
    case 'hold':
      return take<Recording>(http.POST('/api/recordings/{id}/hold', { ...by(recording.id), body }));
    case 'release':
      return take<Recording>(http.POST('/api/recordings/{id}/release', { ...by(recording.id), body }));
  }
};
