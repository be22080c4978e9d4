import { createVirtualHarness, mediaContract } from '@ringdown/testkit';

mediaContract('virtual time', async () => createVirtualHarness());
