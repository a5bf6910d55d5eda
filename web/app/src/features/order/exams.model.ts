/** The exams a township hospital orders most; anything else is typed. Body parts in DICOM's words (PS3.16 annex L). */

export const modalities = ['DX', 'CT', 'US', 'ECG', 'MR'] as const;
export type ModalityCode = (typeof modalities)[number];

interface Exam {
  name: string;
  nameEn: string;
  bodyPart: string;
}

const exam = (name: string, nameEn: string, bodyPart: string): Exam => ({ name, nameEn, bodyPart });

export const exams: Record<ModalityCode, Exam[]> = {
  DX: [
    exam('胸部正侧位', 'Chest PA and lateral', 'CHEST'),
    exam('胸部正位', 'Chest PA', 'CHEST'),
    exam('腹部立位', 'Abdomen upright', 'ABDOMEN'),
    exam('颈椎正侧位', 'Cervical spine', 'CSPINE'),
    exam('腰椎正侧位', 'Lumbar spine', 'LSPINE'),
    exam('手正斜位', 'Hand', 'HAND'),
    exam('膝关节正侧位', 'Knee', 'KNEE'),
  ],
  CT: [
    exam('头颅平扫', 'Head, plain', 'HEAD'),
    exam('胸部平扫', 'Chest, plain', 'CHEST'),
    exam('全腹平扫', 'Abdomen, plain', 'ABDOMEN'),
    exam('腰椎平扫', 'Lumbar spine, plain', 'LSPINE'),
  ],
  US: [
    exam('上腹部', 'Upper abdomen', 'ABDOMEN'),
    exam('泌尿系', 'Urinary tract', 'KIDNEY'),
    exam('产科', 'Obstetric', 'UTERUS'),
    exam('心脏', 'Heart', 'HEART'),
    exam('甲状腺', 'Thyroid', 'THYROID'),
  ],
  ECG: [exam('12 导联心电图', '12-lead ECG', 'HEART')],
  MR: [
    exam('颅脑平扫', 'Brain, plain', 'BRAIN'),
    exam('腰椎平扫', 'Lumbar spine, plain', 'LSPINE'),
    exam('膝关节平扫', 'Knee, plain', 'KNEE'),
  ],
};
