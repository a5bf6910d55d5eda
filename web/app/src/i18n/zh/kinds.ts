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
    video: {
      back: '上一帧',
      on: '下一帧',
      speed: '速度',
      loop: '循环',
      stream: '下载视频',
      instead: '可以下载后用播放软件打开。',
      why: {
        codec: '这个浏览器不能解码这段视频。',
        mpeg2: '这段视频是 MPEG-2 编码，浏览器不能播放。',
        ts: '这段视频装在 MPEG 传输流里，浏览器不能播放。',
        ps: '这段视频装在 MPEG 节目流里，浏览器不能播放。',
        bare: '这段视频没有容器，浏览器不能播放。',
        unknown: '认不出这段视频的格式。',
      },
    },
    noSegments: '这里的分割结果无法解码，没有画出。',
    colours: { hot: '热金属', rainbow: '彩虹' },
  },
};
