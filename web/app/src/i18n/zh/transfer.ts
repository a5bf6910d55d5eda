export const transfer = {
  transfer: {
    export: '导出影像',
    exportOf: '导出 {{patient}} 的这次检查',
    exportHint: 'DICOM 原始影像，带 DICOMDIR 和说明。影像含患者信息，离开医院后无法收回；谁在何时导出会留下记录。',
    exportAs: '文件格式',
    exportFormat: { zip: 'ZIP 压缩包', iso: '光盘映像（ISO）' },
    exportFormatHint: {
      zip: '拷贝到 U 盘或在其他医院导入；解压后可看。',
      iso: '直接刻成光盘，或双击挂载后看；不压缩，文件较大。',
    },
  },
};
