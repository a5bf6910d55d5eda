export const transfer = {
  transfer: {
    export: '导出影像',
    exportOf: '导出 {{patient}} 的这次检查',
    exportHint:
      '下载为 ZIP（DICOM 原始影像，带 DICOMDIR，可刻盘或在其他医院导入）。影像含患者信息，离开医院后无法收回；谁在何时导出会留下记录。',
  },
};
