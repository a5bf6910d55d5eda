export const retention = {
  hold: {
    on: '已封存',
    set: '封存',
    release: '解除封存',
    setTitle: '封存这个检查？',
    setText: '{{name}} 的 {{what}} 在解除之前不能删除，保存期满也不删；调阅和阅片照常。',
    releaseTitle: '解除封存？',
    releaseText: '{{name}} 的 {{what}} 以后按保存期限处理，期满可以删除。',
    hint: '例如：医疗纠纷，某年某月某日受理',
    by: '{{name}} {{at}} 封存：{{reason}}',
    done: '已封存',
    released: '已解除封存',
  },
  space: {
    low: '影像存储快满了：只剩 {{free}}（{{part}}%）。',
    full: '影像存储已满：只剩 {{free}}（{{part}}%），新影像暂不接收。',
    todo: {
      low: '请尽快扩容，或联系维护人员清理。现在一切照常。',
      full: '已有影像照常调阅；设备会保留未送出的影像并自动重发。请马上扩容。',
    },
  },
} as const;
