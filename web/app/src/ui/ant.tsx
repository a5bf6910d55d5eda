import { theme as antTheme, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';

const palettes = {
  light: {
    primary: '#16303f',
    surface: '#ffffff',
    bg: '#f4f6f7',
    ink: '#14202a',
    line: '#dde3e7',
    error: '#bf0d2b',
    warning: '#c24e00',
  },
  dark: {
    primary: '#9db6ca',
    surface: '#121920',
    bg: '#0b1015',
    ink: '#e9eef2',
    line: '#232e38',
    error: '#ff4d61',
    warning: '#ff9a42',
  },
};

/** Ant Design in this application's colours. Only pages with big tables and forms load it. */
export function Ant({ tone, children }: { tone: 'light' | 'dark'; children: ReactNode }) {
  const { i18n } = useTranslation();
  const config = useMemo(() => {
    const colour = palettes[tone];
    return {
      algorithm: tone === 'dark' ? antTheme.darkAlgorithm : antTheme.defaultAlgorithm,
      token: {
        colorPrimary: colour.primary,
        colorInfo: colour.primary,
        colorLink: colour.ink,
        colorLinkHover: colour.primary,
        colorError: colour.error,
        colorWarning: colour.warning,
        colorTextBase: colour.ink,
        colorBgBase: colour.surface,
        colorBgLayout: colour.bg,
        colorBorderSecondary: colour.line,
        borderRadius: 8,
        fontFamily: 'var(--font)',
        fontSize: 14,
        motionDurationMid: '0.12s',
        motionDurationSlow: '0.18s',
      },
      components: { Table: { headerBg: 'transparent', headerSplitColor: 'transparent', cellPaddingBlockSM: 9 } },
    };
  }, [tone]);
  return (
    <ConfigProvider theme={config} locale={i18n.language === 'en' ? enUS : zhCN}>
      {children}
    </ConfigProvider>
  );
}
