import { Icon, type IconName } from '@/ui/icon';
import { MenuItem } from '@/ui/menu';

/** One line of the menu. */
export interface MenuChoice {
  icon: IconName;
  text: string;
  checked?: boolean;
  onClick: () => void;
}

/** What is wanted now and then in a talk. */
export function MoreMenu({ choices, close }: { choices: readonly MenuChoice[]; close: () => void }) {
  return choices.map(({ icon, text, checked, onClick }) => (
    <MenuItem
      key={text}
      checked={checked}
      onClick={() => {
        close();
        onClick();
      }}
    >
      <Icon name={icon} size={18} />
      {text}
    </MenuItem>
  ));
}
