/** Kinds of pictures: uptake, colours, films. */
export const kinds = {
  kinds: {
    noSuv: '无 SUV：{{why}}',
    suvFlaw: {
      units: '数值不是活度',
      uncorrected: '未做衰减或衰变校正',
      decay: '未说明衰变校正到何时',
      dose: '缺少注射剂量',
      weight: '缺少体重',
      halfLife: '缺少半衰期',
      injected: '注射时间缺失或不对',
      scanned: '扫描时间缺失',
    },
    colours: { hot: '热金属', rainbow: '彩虹' },
  },
};
