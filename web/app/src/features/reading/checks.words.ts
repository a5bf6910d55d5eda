/** The words by which a report is checked. Tables only. */
import type { Sex } from '@/api/types';

/** Organs that a patient of that sex does not have. */
export const wrongSex: Readonly<Partial<Record<Sex, RegExp>>> = {
  M: /子宫|卵巢|附件区|阴道|宫颈|宫腔|内膜厚|uter(us|ine)|ovar(y|ies|ian)|adnexa\w*|vagina\w*/gi,
  F: /前列腺|精囊|睾丸|阴囊|附睾|prostat\w+|seminal vesicle\w*|testi(s|cle)\w*|scrot\w+/gi,
};

/** Findings that do not go with an age, in years. */
export const wrongAge: readonly { readonly words: RegExp; readonly from?: number; readonly below?: number }[] = [
  { words: /退行性变|骨质增生|主动脉(?:硬化|结钙化)|老年性|前列腺增生|degenerative|osteophyte\w*/gi, below: 16 },
  { words: /骨骺(?:线)?未闭合?|胸腺影形态符合年龄|thymus and heart are normal/gi, from: 25 },
];

/**
 * What findings and impression must agree about. `local`: it concerns one organ (a stone of the gallbladder says nothing of
 * the kidneys); otherwise the word alone counts.
 */
export const terms: readonly { readonly name: string; readonly words: RegExp; readonly local?: boolean }[] = [
  { name: '骨折', words: /骨折/ },
  { name: 'fracture', words: /\bfractur\w+/i },
  { name: '脱位', words: /脱位/ },
  { name: 'dislocation', words: /\bdislocat\w+/i },
  { name: '气胸', words: /气胸/ },
  { name: 'pneumothorax', words: /\bpneumothora\w+/i },
  { name: '出血', words: /出血|血肿/ },
  { name: 'haemorrhage', words: /\bha?emorrhage|\bha?ematoma/i },
  { name: '梗死', words: /梗死|梗塞/ },
  { name: '游离气体', words: /游离气体/ },
  { name: '骨质破坏', words: /骨质破坏/ },
  { name: '肿大淋巴结', words: /肿大淋巴结|淋巴结肿大/, local: true },
  { name: '积液', words: /积液/, local: true },
  { name: 'effusion', words: /\beffusions?/i, local: true },
  { name: '结节', words: /结节/, local: true },
  { name: 'nodule', words: /\bnodules?/i, local: true },
  { name: '占位', words: /占位|肿块/, local: true },
  { name: '结石', words: /结石/, local: true },
  { name: 'stone', words: /\bstones?\b|\bcholelithiasis/i, local: true },
  { name: '囊肿', words: /囊肿/, local: true },
  { name: '积水', words: /积水/, local: true },
];

/** Organs by the word they are known by, the longer words first. */
export const organs =
  /左心|右心|肺门|肺|胸腔|胸膜|纵隔|心包|肋骨|锁骨|肩胛骨|肩关节|肩|肱骨|肘关节|肘|尺骨|桡骨|腕关节|腕|手|髋关节|髋|股骨颈|股骨|髌骨|膝关节|膝|胫骨|腓骨|踝关节|踝|跟骨|足|骶髂关节|耻骨|髂骨|肝|胆囊|胆总管|胰|脾|肾上腺|肾|输尿管|膀胱|前列腺|卵巢|附件|乳腺|乳|腋窝|甲状腺|颈部|基底节|丘脑|额叶|颞叶|顶叶|枕叶|小脑|大脑|脑室|上颌窦|鼻窦|乳突|lung|pleural?|hilum|hilar|rib|clavicle|shoulder|elbow|wrist|hand|hip|femur|femoral|knee|patella\w*|tibia\w*|ankle|foot|kidney|renal|liver|hepatic|gallbladder|pancrea\w+|spleen|ovary|adnexal?|breast|axilla\w*|thyroid|basal ganglia|thalamus/gi;

/** Words that deny what follows them in their clause. 无回声, 无壁, 无移位 … describe, they deny nothing. */
export const denials =
  /未见|未及|未显示|未发现|未探及|排除|(?<![不])除外|不考虑|没有|无(?!回声|肺纹理|壁|移位|分离|固定|声影|法)|\b(?:no|without|absent|negative for)\b/i;

/** Words that leave open: they neither claim nor deny. */
export const open = /不除外|不能除外|不排除|待排|待除外|cannot be excluded|not excluded/i;
