import { describe, expect, it } from 'vitest';
import { can, navFor, phoneNavFor } from './nav.model';

const places = (items: { to: string }[]) => items.map((item) => item.to);

describe('navigation by role', () => {
  it('gives a township doctor the request first and no administration', () => {
    expect(places(navFor(['requester'])).slice(0, 2)).toEqual(['/', '/requests/new']);
    expect(places(navFor(['requester']))).not.toContain('/admin');
    expect(places(navFor(['requester']))).not.toContain('/readings');
  });

  it('gives an administrator no clinical page', () => {
    expect(places(navFor(['admin']))).toEqual(['/', '/admin']);
  });

  it("gives a technologist the devices' worklists, on the phone, too", () => {
    expect(places(navFor(['technologist']))).toContain('/worklist');
    expect(places(phoneNavFor(['technologist']))).toEqual(['/', '/worklist', '/orders', '/patients']);
    expect(places(navFor(['requester', 'admin']))).not.toContain('/worklist');
  });

  it('shows everybody clinical what they could listen to', () => {
    for (const role of ['requester', 'specialist', 'technologist', 'coordinator'] as const)
      expect(places(navFor([role]))).toContain('/lectures');
    for (const role of ['admin', 'auditor', 'kiosk'] as const)
      expect(places(navFor([role]))).not.toContain('/lectures');
  });

  it('fits a phone', () => {
    const many = phoneNavFor(['requester', 'specialist', 'radiologist', 'coordinator']);
    expect(many.length).toBe(4);
    expect(places(many)[0]).toBe('/');
  });

  it('shows nothing to a kiosk', () => {
    expect(navFor(['kiosk'])).toEqual([]);
    expect(can(['kiosk'], 'specialist')).toBe(false);
  });
});
