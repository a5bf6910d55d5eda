import { createRoot } from 'react-dom/client';
import { App } from '@/app/app';
import { startI18n } from '@/i18n/i18n';
import '@/ui/theme.css';
import '@/ui/base.css';

startI18n();
const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
