export const transfer = {
  transfer: {
    export: 'Export images',
    exportOf: 'Export this exam of {{patient}}',
    exportHint:
      'Downloads a ZIP (original DICOM images with a DICOMDIR, for a disc or another hospital). The images carry the patient’s data and cannot be called back; who exported them, and when, is on record.',
  },
};
