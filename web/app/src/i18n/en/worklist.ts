export const worklist = {
  worklist: {
    title: 'Worklists',
    note: 'What the device sees when it asks now, no line more and no line less',
    time: 'Time',
    walkIn: 'when they come',
    form: 'Names: {{names}}',
    names: {
      usual: 'in the character set that the device declares, Latin group first, then Chinese',
      groups: 'Latin and Chinese groups',
      first: 'Chinese in the first group',
      latin: 'Latin only',
    },
    charset: '; character set {{charset}}',
    nameless:
      '{{n}} patients stand on the device with a number or a blank. Open the patient from the order and fill in the name in Latin letters.',
    none: 'Nothing to be done on this device',
    noneText:
      'Choose this device when ordering, or “Rebook” on an order: it appears here and on the device in seconds.',
    status: { SCHEDULED: 'to be done', STARTED: 'being performed' },
    noDevice: 'No device is registered for this institution',
    noDeviceText: 'Ask the administrator to register it under Admin → Devices, with AE title and modality.',
    preview: 'Worklist',
    previewNote: 'Names are masked: it shows whether they are there and how they are written.',
    problems: 'Reports that do not fit',
    problemsNone: 'Every report fits',
    problemsNoneText: 'Whatever devices reported in the last two weeks has found its order.',
    says: 'the device says',
    problem: {
      unknown: 'The device made an exam that has no order',
      ambiguous: 'The device reported several orders as one',
      patient: 'The patient at the device is not the one of the order',
      cancelled: 'The order was cancelled, yet the device made the exam',
    },
    todo: {
      unknown:
        'It was probably typed at the device. When the images are here, compare and link them under “Unmatched”; if there is no order, ask for one.',
      ambiguous: 'The images come to “Unmatched” first: link each part to its own order.',
      patient:
        'Find out who was examined. If the name in the images is wrong, propose a correction; if the wrong line was chosen, link them to the right order.',
      cancelled:
        'Ask the ordering doctor. If the exam is needed, have it ordered again and link the images; if not, have the images rejected.',
    },
    way: { link: 'To unmatched', correct: 'To the correction' },
  },
} as const;
