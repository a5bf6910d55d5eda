export const errors = {
  error: {
    unknown: '出了意外的错误，内容没有丢失。请再试一次；仍不行请把时间告诉管理员。',
    stale: '这条内容刚刚被更新过，已显示最新状态。请确认后再操作。',
    invalid: '有一处内容不符合要求：{{detail}}',
    notFound: '没有找到，或者您没有查看的权限。',
    tooLarge: '文件太大，请压缩或分开上传。',
    tooMany: '操作太频繁，请稍等片刻再试。',
    unavailable: '服务暂时繁忙，内容没有丢失，请稍后再试。',
    net: { unreachable: '连接不上服务器，内容仍在本机。恢复网络后再按一次即可，不会重复提交。' },
    auth: {
      required: '请先登录。',
      forbidden: '您在当前执业地点没有这项权限。',
      wrong: '账号或密码不正确。',
      locked: '多次输错，账号已锁定 {{minutes}} 分钟。',
    },
    request: { taken: '{{winner}} 已经接诊。', stale: '状态已变为最新，请确认后再操作。' },
  },
} as const;
