export const transfer = {
  transfer: {
    export: 'Export images',
    exportOf: 'Export this exam of {{patient}}',
    exportHint:
      'The original DICOM images with a DICOMDIR and a README. They carry the patient’s data and cannot be called back; who exported them, and when, is on record.',
    exportAs: 'Kind of file',
    exportFormat: { zip: 'ZIP archive', iso: 'Disc image (ISO)' },
    exportFormatHint: {
      zip: 'For a stick, or to import in another hospital; unpack it to look at it.',
      iso: 'To burn a disc, or to mount with a double click; not compressed, so it is larger.',
    },
  },
};
