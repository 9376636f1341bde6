// compile_wgsl.mjs KERNELS.json WORK: compiles each kernel on the adapter that is there, under the layer that writes SPIR-V to WORK; writes WORK/names
// (kernel, file) and WORK/arguments (file and kinds, for vk_compile).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { create, globals } from 'webgpu';

const [kernels, work] = process.argv.slice(2);
Object.assign(globalThis, globals);
const gpu = create(['backend=vulkan', 'enable-dawn-features=allow_unsafe_apis']);
const adapter = await gpu.requestAdapter();
const limits = [
  'maxComputeWorkgroupStorageSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
];
const device = await adapter.requestDevice({
  requiredFeatures: ['subgroups'].filter((name) => adapter.features.has(name)),
  requiredLimits: Object.fromEntries(limits.map((name) => [name, adapter.limits[name]])),
});
const modules = () =>
  readdirSync(work)
    .filter((name) => name.endsWith('.spv'))
    .sort();
const names = [];
const list = [];
for (const { name, code, kinds } of JSON.parse(readFileSync(kernels, 'utf8'))) {
  const before = modules().length;
  const entries = [...kinds].map((kind, binding) => ({
    binding,
    visibility: 4,
    buffer:
      kind === 'u'
        ? { type: 'uniform', hasDynamicOffset: true }
        : { type: kind === 'r' ? 'read-only-storage' : 'storage' },
  }));
  const layout = device.createPipelineLayout({ bindGroupLayouts: [device.createBindGroupLayout({ entries })] });
  try {
    await device.createComputePipelineAsync({
      layout,
      compute: { module: device.createShaderModule({ code }), entryPoint: 'main' },
    });
  } catch (error) {
    process.stderr.write(`${name}: does not compile: ${String(error).split('\n')[0]}\n`);
  }
  const made = modules().slice(before).at(-1);
  names.push(`${name}\t${made ?? ''}`);
  if (made) list.push(`${work}/${made} ${kinds.replaceAll('r', 's')}`);
}
writeFileSync(`${work}/names`, `${names.join('\n')}\n`);
writeFileSync(`${work}/arguments`, `${list.join('\n')}\n`);
process.exit(0);
