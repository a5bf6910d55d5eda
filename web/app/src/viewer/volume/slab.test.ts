import shader from '@kitware/vtk.js/Rendering/OpenGL/glsl/vtkVolumeFS.glsl';
import { describe, expect, it } from 'vitest';
import { meanOfRay, stepOf } from './slab';

describe('slabs', () => {
  it('are sampled at each voxel, and more than once', () => {
    expect(stepOf([0.7, 0.7, 0.7], 10)).toBeCloseTo(0.35);
    expect(stepOf([0.7, 0.7, 5], 10)).toBe(0.7); // by itself it would be 1.07
    expect(stepOf([8, 8, 8], 3)).toBe(1);
  });

  it('find the place in the shader where their mean belongs', () => {
    expect(shader.split(meanOfRay.originalValue)).toHaveLength(2);
  });
});
