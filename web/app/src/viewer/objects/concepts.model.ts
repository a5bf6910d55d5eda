/** The concepts of reports that have a name in the page's language; others read as their code's meaning. Pure. */
import type { Concept } from './content.model';

const names = {
  DCM_121071: 'finding',
  SCT_363698007: 'findingSite',
  'SRT_G-C0E3': 'findingSite',
  DCM_121106: 'comment',
  SCT_410668003: 'length',
  'SRT_G-D7FE': 'length',
  SCT_103355008: 'width',
  SCT_1483009: 'angle',
  SCT_42798000: 'area',
  'SRT_G-A166': 'area',
  'SRT_G-D705': 'volume',
  SCT_118565006: 'volume',
  SCT_373098007: 'mean',
  'SRT_R-00317': 'mean',
  SCT_386136009: 'sd',
  'SRT_R-10047': 'sd',
  SCT_255605001: 'minimum',
  SCT_56851009: 'maximum',
  SCT_81827009: 'diameter',
  'SRT_M-02550': 'diameter',
  SCT_103339001: 'longAxis',
  'SRT_G-A185': 'longAxis',
  SCT_103340004: 'shortAxis',
  'SRT_G-A186': 'shortAxis',
  DCM_112031: 'attenuation',
  '99YILIAN_PIXEL_VALUE': 'pixelValue',
  '99YILIAN_CTR': 'ctr',
  '99YILIAN_HEART_WIDTH': 'heart',
  '99YILIAN_THORAX_WIDTH': 'thorax',
  DCM_121005: 'observerType',
  DCM_121008: 'observer',
  DCM_121009: 'organisation',
  DCM_121049: 'language',
  DCM_121058: 'procedure',
  DCM_126000: 'report',
  DCM_111028: 'library',
  DCM_126200: 'libraryGroup',
  DCM_121139: 'modality',
  DCM_126010: 'measurements',
  DCM_125007: 'group',
  DCM_113012: 'keyDescription',
  DCM_113000: 'ofInterest',
  DCM_121073: 'impression',
  DCM_121077: 'conclusion',
  DCM_121060: 'history',
  DCM_121070: 'findings',
  DCM_111030: 'region',
  SCT_103335007: 'duration',
  'LN_8867-4': 'heartRate',
  DCM_109013: 'voltage',
  DCM_121112: 'measuredOn',
} as const;

export type ConceptName = (typeof names)[keyof typeof names];

export function conceptName(c: Concept): ConceptName | undefined {
  const key = `${c.scheme}_${c.value}`;
  return key in names ? names[key as keyof typeof names] : undefined;
}
