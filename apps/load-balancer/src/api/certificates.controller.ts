import { Controller } from '@nestjs/common';
import { DomainApi } from '#lib/app';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import { refusable } from '#lib/kernel';
import type { ApiAnswer, ApiReply, ApiRequest } from '#lib/messaging';
import { type GivenInput, ImportedCertificates } from '../certificates/imported-certificates.js';
import type { LoadBalancingState } from '../domain/state.js';

/** Certificates for HTTPS and TLS listeners: those that users bring, and those that are issued here. */
@Controller()
export class CertificatesController {
  constructor(
    private readonly api: DomainApi<LoadBalancingState>,
    private readonly certificates: ImportedCertificates,
  ) {}

  @ApiCommand('acm', 'ImportCertificate')
  importCertificate(request: ApiRequest<GivenInput>): Promise<ApiAnswer> {
    const read = refusable(() => this.certificates.read(request.input));
    return 'ok' in read ? this.api.command('ImportCertificate', request, read.ok) : Promise.resolve(read);
  }

  @ApiCommand('acm', 'RequestCertificate')
  requestCertificate(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('RequestCertificate', request);
  }

  @ApiCommand('acm', 'DeleteCertificate')
  deleteCertificate(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('DeleteCertificate', request);
  }

  @ApiCommand('acm', 'AddTagsToCertificate')
  addTagsToCertificate(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('AddTagsToCertificate', request);
  }

  @ApiCommand('acm', 'RemoveTagsFromCertificate')
  removeTagsFromCertificate(request: ApiRequest): Promise<ApiAnswer> {
    return this.api.command('RemoveTagsFromCertificate', request);
  }

  @ApiQuery('acm', 'DescribeCertificate')
  describeCertificate(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('DescribeCertificate', request);
  }

  @ApiQuery('acm', 'GetCertificate')
  getCertificate(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('GetCertificate', request);
  }

  @ApiQuery('acm', 'ListCertificates')
  listCertificates(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListCertificates', request);
  }

  @ApiQuery('acm', 'ListTagsForCertificate')
  listTagsForCertificate(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListTagsForCertificate', request);
  }
}
